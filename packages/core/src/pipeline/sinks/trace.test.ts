import { expect, it } from 'vitest'
import { messageAt } from '../../../test/support/values.ts'
import type { SourceMessage } from '../../model/message.ts'
import { DeliveryGroup, type DeliveryOrigin } from './delivery-group.ts'
import { requestIdOf, traceOf } from './trace.ts'

function originOf(...headers: readonly SourceMessage['headers'][]): DeliveryOrigin {
  return {
    source: { topic: 'input', partition: 0, offsets: [], timestamps: [] },
    messages: headers.map((each, offset) => messageAt(offset, { headers: each })),
    taskIds: [],
    idPrefix: 'g',
    signal: new AbortController().signal,
  }
}

function groupOf(origin: DeliveryOrigin, payloadId: string | null = null): DeliveryGroup {
  return new DeliveryGroup(origin, [{ payload: 1, original: 1, list: 'record', payloadId }], { sinkPath: 'record/main' })
}

const bytes = (text: string) => Buffer.from(text)

it('the trace context is that of the first message that has one, whatever the case of its header', () => {
  expect(traceOf(originOf([], [['TraceParent', bytes('tp')]], [['traceparent', bytes('other')]]))).toEqual({ traceparent: 'tp' })
  expect(traceOf(originOf([['tracestate', bytes('x')]]))).toBeUndefined()
})

it('the request id is what the handler gave, else a header of the message, else ours', () => {
  const asked = originOf([['X-Request-Id', bytes('r-1')]])
  expect(requestIdOf(groupOf(asked, 'p-1'), 'p-1')).toBe('p-1')
  expect(requestIdOf(groupOf(asked), 'g-record/main-0')).toBe('r-1')
  expect(requestIdOf(groupOf(originOf([])), 'g-record/main-0')).toBe('g-record/main-0')
})

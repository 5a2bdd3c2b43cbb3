import { SinkError } from '@drakkar/plugin-sdk'
import type { LogProducer } from '@drakkar/plugin-sdk/log'
import { createFakeClock } from '@drakkar/plugin-sdk/testing'
import { describe, expect, it } from 'vitest'
import { createRecordingAppLogger } from '../../../test/support/recording-app-logger.ts'
import { messageAt } from '../../../test/support/values.ts'
import { DeadLetterLog } from '../../dlq/dead-letter-log.ts'
import { DeadLetters } from '../../dlq/dead-letters.ts'
import type { DeliveryError } from '../../model/delivery-error.ts'
import { DeliveryGroup } from './delivery-group.ts'
import { createFailurePolicy, type FailurePolicyPorts } from './failure-policy.ts'

const busy = new SinkError({ kind: 'transient', message: 'redis://joe:secret@host is busy' })

function policyWith(encode?: FailurePolicyPorts['encode'], signal = new AbortController().signal) {
  const clock = createFakeClock()
  const letters: unknown[] = []
  const asked: DeliveryError[] = []
  const producer: LogProducer = {
    connect: async () => undefined,
    close: async () => undefined,
    send: async (records) => {
      letters.push(...records.map(({ value }) => JSON.parse(Buffer.from(value ?? []).toString())))
      return []
    },
  }
  const logger = createRecordingAppLogger()
  const log = new DeadLetterLog({ topic: 'dlq', producer, onFailure: 'block', clock, logger, random: () => 0 })
  const policy = createFailurePolicy({
    type: 'redis',
    name: 'main',
    encode,
    deadLetters: new DeadLetters({ log, workerId: 'w-1', clock }),
    onDeliveryError: async (error) => {
      asked.push(error)
      return 'RETRY'
    },
  })
  const source = { topic: 'input', partition: 0, offsets: [5], timestamps: [5] }
  const origin = { source, messages: [messageAt(5)], taskIds: ['t1'], idPrefix: 'g', signal }
  const routed = ['a', 'b'].map((data) => ({ payload: { data }, original: { data, sink: '' }, list: 'redis', payloadId: null }))
  const group = new DeliveryGroup(origin, routed, { sinkPath: 'redis/main' })
  return { policy, group, letters, asked, failure: { payloads: group.payloads, error: busy, attempts: 2 } }
}

describe('a group whose delivery failed', () => {
  it('is shown to the handler with what failed of it', async () => {
    const { policy, group, asked, failure } = policyWith()
    expect(await policy.ask(group, failure)).toBe('RETRY')
    expect(asked).toEqual([
      {
        sinkName: 'main',
        sinkType: 'redis',
        error: 'redis://***:***@host is busy',
        payloads: [
          { data: 'a', sink: '' },
          { data: 'b', sink: '' },
        ],
        attempt: 2,
        kind: 'transient',
        transient: true,
        cause: busy,
        source: { topic: 'input', partition: 0, offsets: [5], timestamps: [5] },
      },
    ])
  })

  it('becomes one record, with the bytes the sink would have sent', async () => {
    const { policy, group, letters, failure } = policyWith((payload) => ({
      body: Buffer.from(`<${JSON.stringify(payload)}>`),
      key: Buffer.from('k'),
    }))
    expect(await policy.deadLetter(group, failure)).toBe('dead_lettered')
    expect(letters).toMatchObject([
      {
        original_payloads: ['{"data":"a","sink":""}', '{"data":"b","sink":""}'],
        payload_types: ['redis', 'redis'],
        payload_bodies: ['<{"data":"a"}>', '<{"data":"b"}>'],
        sink_type: 'redis',
        sink_name: 'main',
        attempt_count: 2,
        transient: true,
        task_ids: ['t1'],
        source: { offsets: [5] },
      },
    ])
  })

  it('has the JSON of its payloads as bodies when the sink does not say what it sends', async () => {
    const { policy, group, letters, failure } = policyWith()
    await policy.deadLetter(group, failure)
    expect(letters).toMatchObject([{ payload_bodies: ['{"data":"a"}', '{"data":"b"}'] }])
  })

  it('stays unsettled when the dead letter is given up', async () => {
    const { policy, group, failure } = policyWith(undefined, AbortSignal.abort())
    expect(await policy.deadLetter(group, failure)).toBe('abandoned')
  })
})

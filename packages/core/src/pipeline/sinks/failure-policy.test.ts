import { SinkError } from '@drakkar/plugin-sdk'
import type { LogProducer } from '@drakkar/plugin-sdk/log'
import { createFakeClock } from '@drakkar/plugin-sdk/testing'
import { describe, expect, it } from 'vitest'
import { createRecordingAppLogger } from '../../../test/support/recording-app-logger.ts'
import { messageAt } from '../../../test/support/values.ts'
import { DeadLetterLog } from '../../dlq/dead-letter-log.ts'
import { DeadLetters } from '../../dlq/dead-letters.ts'
import type { DeliveryAction } from '../../handler.ts'
import type { DeliveryError } from '../../model/delivery-error.ts'
import { DeliveryGroup } from './delivery-group.ts'
import { createFailurePolicy } from './failure-policy.ts'
import type { GroupDecision } from './lane.ts'
import { SinkCounters } from './sink-counters.ts'

const busy = new SinkError({ kind: 'transient', message: 'redis://joe:secret@host is busy' })

/** A dead letter settles by itself: true when it has been acknowledged. */
async function endOf(decision: GroupDecision): Promise<boolean | GroupDecision> {
  return typeof decision === 'object' ? decision.settling : decision
}

function policyWith(action: DeliveryAction, signal = new AbortController().signal) {
  const clock = createFakeClock()
  const logger = createRecordingAppLogger()
  const counters = new SinkCounters()
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
  const log = new DeadLetterLog({ topic: 'dlq', producer, onFailure: 'block', clock, logger, random: () => 0 })
  const decide = createFailurePolicy({
    type: 'redis',
    name: 'main',
    counters: () => counters,
    deadLetters: new DeadLetters({ log, workerId: 'w-1', clock }),
    logger,
    onDeliveryError: async (error) => {
      asked.push(error)
      return action
    },
  })
  const source = { topic: 'input', partition: 0, offsets: [5], timestamps: [5] }
  const origin = { source, messages: [messageAt(5)], taskIds: ['t1'], idPrefix: 'g', signal }
  const group = new DeliveryGroup(
    origin,
    ['a', 'b', 'c'].map((data) => ({ payload: { data }, original: { data, sink: '' }, payloadId: null })),
    'redis/main',
  )
  group.attempts = 2
  group.keepFailed(new Map(group.open.filter(({ item }) => item.id !== 'g-redis/main-0').map(({ item }) => [item.id, busy])))
  return { decide, group, counters, letters, asked, logger }
}

describe('a group whose delivery failed', () => {
  it('is shown to the handler with what failed of it', async () => {
    const { decide, group, asked } = policyWith('RETRY')
    expect(await decide(group, busy, true)).toBe('retry')
    expect(asked).toEqual([
      {
        sinkName: 'main',
        sinkType: 'redis',
        error: 'redis://***:***@host is busy',
        payloads: [
          { data: 'b', sink: '' },
          { data: 'c', sink: '' },
        ],
        attempt: 2,
        kind: 'transient',
        transient: true,
        cause: busy,
        source: { topic: 'input', partition: 0, offsets: [5], timestamps: [5] },
      },
    ])
    expect(group.open).toHaveLength(2)
  })

  it.each<DeliveryAction>(['DLQ', 'RETRY'])('becomes one record of what failed: %s without a retry left', async (action) => {
    const { decide, group, letters, counters } = policyWith(action)
    expect(await endOf(await decide(group, busy, false))).toBe(true)
    expect(letters).toMatchObject([
      {
        original_payloads: ['{"data":"b","sink":""}', '{"data":"c","sink":""}'],
        sink_type: 'redis',
        sink_name: 'main',
        attempt_count: 2,
        transient: true,
        task_ids: ['t1'],
        source: { offsets: [5] },
      },
    ])
    expect(counters.snapshot().dead_lettered_payloads).toBe(2)
    expect(group.open).toEqual([])
  })

  it('is dropped and counted on SKIP', async () => {
    const { decide, group, letters, counters, logger } = policyWith('SKIP')
    expect(await decide(group, busy, true)).toBe('settled')
    expect([letters, counters.snapshot().skipped_payloads, counters.snapshot().dead_lettered_payloads]).toEqual([[], 2, 0])
    expect(logger.events()).toEqual(['sink_delivery_skipped'])
  })

  it('stays unsettled when the dead letter is given up', async () => {
    const { decide, group, counters } = policyWith('DLQ', AbortSignal.abort())
    expect(await endOf(await decide(group, busy, false))).toBe(false)
    expect([group.open.length, counters.snapshot().dead_lettered_payloads]).toEqual([2, 0])
  })
})

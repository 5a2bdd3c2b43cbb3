/**
 * Every sink in a whole worker, on its real server, through the same faults (design 2: I1, I2, I3, I5; faults F27 to F30). One
 * worker a sink lives through all of them; each fault has messages of its own, and a ledger over them.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ServiceHandle } from '../services/service.ts'
import { startService } from '../services/start-service.ts'
import { faults } from '../support/faults/fault.ts'
import { Rig } from '../support/faults/rig.ts'
import { expectFaultIsBorne } from '../support/faults/expect-fault-is-borne.ts'
import type { Target } from '../support/faults/target.ts'
import { FileTarget } from '../support/faults/targets/file-target.ts'
import { HttpTarget } from '../support/faults/targets/http-target.ts'
import { KafkaTarget } from '../support/faults/targets/kafka-target.ts'
import { MongoTarget } from '../support/faults/targets/mongo-target.ts'
import { PostgresTarget } from '../support/faults/targets/postgres-target.ts'
import { RedisTarget } from '../support/faults/targets/redis-target.ts'

interface Row {
  readonly sink: string
  readonly start: () => Promise<Target>
  readonly messages: number
  /** Default 32. A slow instance must not keep the source from bringing the other one work. */
  readonly highMultiplier?: number
}

let source: ServiceHandle
let second: ServiceHandle

const rows: readonly Row[] = [
  { sink: 'postgres', start: () => PostgresTarget.start(), messages: 1500 },
  { sink: 'mongo', start: () => MongoTarget.start(), messages: 600, highMultiplier: 128 },
  { sink: 'redis', start: () => RedisTarget.start(), messages: 3000 },
  { sink: 'http', start: () => HttpTarget.start(), messages: 1500 },
  { sink: 'kafka', start: () => KafkaTarget.start(second), messages: 1500 },
  { sink: 'file', start: () => FileTarget.start(), messages: 3000 },
]

beforeAll(async () => {
  ;[source, second] = await Promise.all([startService('kafka'), startService('kafka')])
})

afterAll(async () => {
  await Promise.all([source?.dispose(), second?.dispose()])
})

describe.each(rows)('$sink', ({ sink, start, messages, highMultiplier = 32 }) => {
  let target: Target
  let rig: Rig

  beforeAll(async () => {
    target = await start()
    rig = await Rig.start({
      name: sink,
      brokers: source.url,
      targets: [target],
      onDeliveryError: 'RETRY',
      config: { executor: { max_retries: 50, backpressure_high_multiplier: highMultiplier } },
    })
  })

  afterAll(async () => {
    await rig?.[Symbol.asyncDispose]()
    await target?.[Symbol.asyncDispose]()
  })

  const bearable = faults.filter(({ needs }) => needs !== 'network' || sink !== 'file')

  it.each(bearable)('$name: every message has its end, in order, with no more copies than the sink says', async (fault) => {
    await expectFaultIsBorne({ rig, target, fault, messages })
  })

  it('the last value of a key is the newest one', async () => {
    for (const { lastOfKeys } of target.instances) {
      if (lastOfKeys === undefined) continue
      const newest = new Map(rig.source.entries.filter(({ refused }) => !refused).map(({ key, n }) => [key, n]))
      expect(await lastOfKeys()).toEqual(newest)
    }
  })

  it('stops politely with nothing left', async () => {
    expect(await rig.stop(), rig.worker.stderr()).toBe(0)
  })
})

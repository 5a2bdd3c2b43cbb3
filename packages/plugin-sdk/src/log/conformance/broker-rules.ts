/** LOG-54 … LOG-59: what only a log with a broker has: compressed batches and restarts. */
import assert from 'node:assert/strict'
import { numbered, range } from './kit.ts'
import type { Kit } from './kit.ts'
import { needsBroker, needsCodecs } from './rule.ts'
import type { Codec, Rule } from './rule.ts'

export const brokerRules: readonly Rule[] = [
  codecRule('LOG-54', 'gzip'),
  codecRule('LOG-55', 'snappy'),
  codecRule('LOG-56', 'lz4'),
  codecRule('LOG-57', 'zstd'),
  restartRule('LOG-58', 'SIGTERM'),
  restartRule('LOG-59', 'SIGKILL'),
]

function codecRule(id: string, codec: Codec): Rule {
  return {
    id,
    title: `batches compressed with ${codec} are read`,
    needs: needsCodecs,
    async run(kit) {
      const topic = await kit.topic()
      const values = numbered('compressible '.repeat(20), 100)
      await kit.options.produceCompressed?.(topic, codec, values)
      const { listener } = await kit.consume({ topic })
      await listener.waitFor('100 records', ({ records }) => records.length >= 100)
      assert.deepEqual(listener.values(), values)
    },
  }
}

function restartRule(id: string, signal: 'SIGTERM' | 'SIGKILL'): Rule {
  return {
    id,
    title: `after the broker ended by ${signal} and came back, consuming, committing and sending go on by themselves`,
    needs: needsBroker,
    run: (kit) => surviveRestart(kit, signal),
  }
}

async function surviveRestart(kit: Kit, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  const topic = await kit.topic(2)
  for (const partition of [0, 1]) await kit.fill(topic, numbered('before', 20), partition)
  const { consumer, listener } = await kit.consume({ topic })
  await listener.waitFor('40 records', ({ records }) => records.length >= 40)
  await consumer.commit([listener.request(0, 20), listener.request(1, 20)])
  await kit.options.restartBroker?.(signal)
  for (const partition of [0, 1]) await sendInTime(kit, topic, partition)
  await listener.waitFor('every record', (seen) => [0, 1].every((partition) => new Set(seen.offsets(partition)).size >= 40))
  await kit.until('commits accepted', async () => {
    const result = await consumer.commit(listener.settled()).catch(() => null)
    return result !== null && result.committed.length === 2
  })
  assert.ok(
    listener.errors.every(({ kind }) => kind !== 'fatal'),
    'the consumer ended',
  )
  for (const partition of [0, 1]) assertOncePerEpoch(listener.records.filter((record) => record.partition === partition))
}

/** A send may fail while the broker comes back; a failed one may have been stored, so the set is completed, not counted. */
async function sendInTime(kit: Kit, topic: string, partition: number): Promise<void> {
  await kit.until('20 records after the restart', async () => {
    const offsets = await kit.withAdmin((admin) => admin.offsets(topic)).catch(() => null)
    if (offsets === null) return false
    if ((offsets.get(partition)?.end ?? 0) >= 40) return true
    await kit.fill(topic, numbered('after', 20), partition).catch(() => undefined)
    return false
  })
}

function assertOncePerEpoch(records: readonly { readonly epoch: number; readonly offset: number }[]): void {
  for (const epoch of new Set(records.map((record) => record.epoch))) {
    const offsets = records.filter((record) => record.epoch === epoch).map(({ offset }) => offset)
    assert.deepEqual(offsets, range(offsets[0] ?? 0, (offsets[0] ?? 0) + offsets.length))
  }
}

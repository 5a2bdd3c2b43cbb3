import type { ProduceRecord } from '@drakkar/plugin-sdk/log'
import { describe, expect, it } from 'vitest'
import { messageAt } from '../../test/support/values.ts'
import { sourceRecord, type DeadLetterFacts } from '../dlq/dead-letter.ts'
import { parseDeadLetter } from '../dlq/read-dead-letter.ts'
import type { ReadableEntry } from './dead-letter-entry.ts'
import { logTarget } from './log-target.ts'
import type { LogReplayMode } from './replay-messages.ts'

function entryOf(offsets: readonly number[], partition = 0, change: Parameters<typeof messageAt>[1] = {}): ReadableEntry {
  const messages = offsets.map((offset) => messageAt(offset, { partition, ...change }))
  const facts: DeadLetterFacts = {
    topic: 'input',
    partition,
    id: 'dlq',
    workerId: 'w',
    nowMs: 0,
    error: 'e',
    errorType: 'Error',
    transient: false,
    attempts: 0,
    messages,
    taskIds: [],
  }
  const parsed = parseDeadLetter(Buffer.from(JSON.stringify(sourceRecord(facts, 'arrange'))))
  if (!parsed.ok) throw new Error(parsed.reason)
  return { partition: 0, offset: 0, storedAtMs: 0, value: null, parsed, record: parsed.record }
}

async function publishAll(entries: readonly ReadableEntry[], mode: LogReplayMode, failAt = -1): Promise<readonly ProduceRecord[][]> {
  const sent: ProduceRecord[][] = []
  const producer = {
    connect: async () => undefined,
    close: async () => undefined,
    send: async (records: readonly ProduceRecord[]) => {
      if (sent.length === failAt) throw new Error('broker gone')
      sent.push([...records])
      return []
    },
  }
  const target = logTarget(producer, { mode, topic: 'again', preservePartition: true, partitions: 2 })
  for (const entry of entries) {
    const prepared = await target.prepare(entry)
    if (!prepared.ok) throw new Error(prepared.reason)
    await prepared.publish({ pace: async () => undefined, published: () => undefined, signal: new AbortController().signal })
  }
  return sent
}

const values = (sent: readonly ProduceRecord[][]) => sent.map((records) => records.map(({ value }) => Buffer.from(value ?? []).toString()))

describe('a replay into a topic', () => {
  it('waits for the acknowledgement of each message', async () => {
    expect(values(await publishAll([entryOf([1, 2]), entryOf([3])], 'payload'))).toEqual([['{"n":1}'], ['{"n":2}'], ['{"n":3}']])
    await expect(publishAll([entryOf([1, 2])], 'payload', 1)).rejects.toThrow('broker gone')
  })

  it('publishes a source message once, however many entries hold it', async () => {
    const entries = [entryOf([1, 2]), entryOf([2, 3]), entryOf([2]), entryOf([2], 1)]
    const sent = (await publishAll(entries, 'source')).flat()
    expect(sent.map(({ partition, value }) => `${partition}:${Buffer.from(value ?? []).toString()}`)).toEqual([
      '0:{"n":1}',
      '0:{"n":2}',
      '0:{"n":3}',
      '1:{"n":2}',
    ])
  })

  it.each([
    ['value', { value: Buffer.from('{"n":"new"}') }],
    ['key', { key: Buffer.from('other') }],
    ['missing key', { key: null }],
    ['timestamp', { timestamp: 5 }],
  ])('publishes both messages of one place that differ in their %s: the topic was created anew', async (_what, change) => {
    expect(await publishAll([entryOf([7]), entryOf([7], 0, change)], 'source')).toHaveLength(2)
  })

  it('tells how many messages it leaves out, also in a dry run', async () => {
    const target = logTarget(null, { mode: 'source', topic: 'again', preservePartition: false, partitions: null })
    expect(target.prepare(entryOf([1, 2]))).toMatchObject({ count: 2, duplicates: 0 })
    expect(target.prepare(entryOf([2, 3]))).toMatchObject({ count: 1, duplicates: 1 })
  })

  it('leaves nothing out that has not arrived', async () => {
    let isDown = true
    const producer = {
      connect: async () => undefined,
      close: async () => undefined,
      send: async () => {
        if (isDown) throw new Error('broker gone')
        return []
      },
    }
    const target = logTarget(producer, { mode: 'source', topic: 'again', preservePartition: false, partitions: 2 })
    const prepared = await target.prepare(entryOf([1]))
    const call = { pace: async () => undefined, published: () => undefined, signal: new AbortController().signal }
    await expect(prepared.ok && prepared.publish(call)).rejects.toThrow('broker gone')
    isDown = false
    expect(await target.prepare(entryOf([1]))).toMatchObject({ count: 1, duplicates: 0 })
  })

  it('publishes the payloads of every entry', async () => {
    expect(await publishAll([entryOf([1]), entryOf([1])], 'payload')).toHaveLength(2)
  })

  it('refuses a partition the target does not have', async () => {
    await expect(publishAll([entryOf([1], 2)], 'payload')).rejects.toThrow(
      '"again" has 2 partitions, and the message came from partition 2',
    )
  })
})

/** A log in memory with just what the commands use; refuses the rest loudly. */
import type { LogRecord, MessageLog, ProduceRecord, ReadOptions } from '@drakkar/plugin-sdk/log'
import { LogError } from '@drakkar/plugin-sdk/log'

export interface FakeLog extends MessageLog {
  readonly topics: Map<string, LogRecord[][]>
  /** Sizes of the batches sent. */
  readonly batches: number[]
  closed: boolean
  /** Makes the next `send` fail. */
  failure: Error | undefined
  /** Called after every record stored or read. */
  onRecord: () => void
}

export function fakeLog(topics: Readonly<Record<string, number>> = {}): FakeLog {
  const log: FakeLog = {
    kind: 'fake',
    description: 'fake log',
    topics: new Map(Object.entries(topics).map(([name, partitions]) => [name, emptyPartitions(partitions)])),
    batches: [],
    closed: false,
    failure: undefined,
    onRecord: () => {},
    consumer: () => {
      throw new Error('the commands join no group')
    },
    producer: () => ({
      connect: () => Promise.resolve(),
      send: (records) => send(log, records),
      close: () => Promise.resolve(),
    }),
    admin: () => ({
      createTopic: async (topic, partitions) => void log.topics.set(topic, emptyPartitions(partitions)),
      describeTopic: async (topic) => (log.topics.has(topic) ? { topic, partitions: partitionsOf(log, topic).length } : null),
      offsets: async (topic) =>
        new Map(partitionsOf(log, topic).map((records, partition) => [partition, { start: 0, end: records.length }])),
      committed: async () => new Map(),
      deleteRecords: () => Promise.reject(new Error('the commands delete nothing')),
      close: () => Promise.resolve(),
    }),
    read: (topic, options) => read(log, topic, options),
    close: async () => {
      log.closed = true
    },
  }
  return log
}

function emptyPartitions(count: number): LogRecord[][] {
  return Array.from({ length: count }, () => [])
}

function partitionsOf(log: FakeLog, topic: string): LogRecord[][] {
  const partitions = log.topics.get(topic)
  if (partitions === undefined) throw new LogError({ kind: 'permanent', code: 'DRK_LOG_TOPIC_MISSING', message: `no topic ${topic}` })
  return partitions
}

async function send(log: FakeLog, records: readonly ProduceRecord[]) {
  if (log.failure !== undefined) throw log.failure
  log.batches.push(records.length)
  return records.map(({ topic, partition = 0, key = null, value, headers = [], timestamp = 1 }) => {
    const stored = partitionsOf(log, topic)[partition]
    if (stored === undefined) throw new Error(`no partition ${partition}`)
    const offset = stored.push({ topic, partition, offset: stored.length, key, value, headers, timestamp }) - 1
    log.onRecord()
    return { topic, partition, offset }
  })
}

async function* read(log: FakeLog, topic: string, options: ReadOptions): AsyncGenerator<LogRecord> {
  const { from = 'beginning', follow = false, signal } = options
  for (const [partition, records] of partitionsOf(log, topic).entries()) {
    if (options.partitions !== undefined && !options.partitions.includes(partition)) continue
    const first = from === 'beginning' ? 0 : from === 'end' ? records.length : (from.get(partition) ?? 0)
    for (const record of records.slice(first)) {
      if (signal.aborted) return
      yield record
      log.onRecord()
    }
  }
  if (follow && !signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
}

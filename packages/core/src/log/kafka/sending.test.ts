import { LogError, type ProduceRecord } from '@drakkar/plugin-sdk/log'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { abortable } from '../../runtime/abortable.ts'
import { startCursors } from './kafka-reader.ts'
import { placeRecord, producedRecords, topicMessages } from './produce-request.ts'
import { SendQueue } from './send-queue.ts'
import { TopicPartitions } from './topic-partitions.ts'

describe('SendQueue', () => {
  it('answers every send with its own results and keeps the order, whatever goes together', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(fc.nat(), { maxLength: 4 }), { maxLength: 12 }), fc.scheduler(), async (sends, scheduler) => {
        const stored: number[] = []
        const queue = new SendQueue<number, number>({
          send: async (records) => {
            await scheduler.schedule(Promise.resolve())
            stored.push(...records)
            return records.map((value) => value * 2)
          },
          isShared: () => true,
        })
        const answers = Promise.all(sends.map((records) => queue.add(records)))
        await scheduler.waitFor(answers)
        expect(await answers).toEqual(sends.map((records) => records.map((value) => value * 2)))
        expect(stored).toEqual(sends.flat())
      }),
      { numRuns: 50 },
    )
  })

  it('sends what waits together in one request', async () => {
    const requests: number[][] = []
    const queue = new SendQueue<number, number>({ send: async (records) => (requests.push([...records]), records), isShared: () => true })
    await Promise.all([queue.add([1]), queue.add([2, 3]), queue.add([4])])
    expect(requests).toEqual([[1, 2, 3, 4]])
  })

  it('fails only the send that is at fault when the failure is not shared', async () => {
    const send = async (records: readonly number[]): Promise<readonly number[]> => {
      if (records.includes(13)) throw new Error('13 is refused')
      return records
    }
    const queue = new SendQueue<number, number>({ send, isShared: () => false })
    const outcomes = await Promise.allSettled([queue.add([1]), queue.add([13]), queue.add([2])])
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  })

  it('fails all that went together when the failure is shared, and goes on afterwards', async () => {
    let down = true
    const send = async (records: readonly number[]): Promise<readonly number[]> => {
      if (down) throw new Error('no broker')
      return records
    }
    const queue = new SendQueue<number, number>({ send, isShared: () => true })
    const outcomes = await Promise.allSettled([queue.add([1]), queue.add([2])])
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    down = false
    expect(await queue.add([3])).toEqual([3])
    await queue.idle()
  })
})

describe('produce requests', () => {
  const record = (topic: string, partition: number) => placeRecord({ topic, value: Buffer.from('v') }, partition)

  it('gather messages by topic in order', () => {
    const gathered = topicMessages([record('a', 1), record('b', 0), record('a', 0)])
    expect(gathered.map(({ topic, messages }) => [topic, messages.map(({ partition }) => partition)])).toEqual([
      ['a', [1, 0]],
      ['b', [0]],
    ])
  })

  it('count the offsets of a partition up from the one the broker answers', () => {
    const answers = [
      { topicName: 'a', partition: 0, errorCode: 0, baseOffset: '7' },
      { topicName: 'a', partition: 1, errorCode: 0, baseOffset: '3' },
    ]
    const produced = producedRecords([record('a', 0), record('a', 1), record('a', 0), record('b', 0)], answers)
    expect(produced.map(({ offset }) => offset)).toEqual([7, 3, 8, -1])
  })
})

describe('TopicPartitions', () => {
  const record = (overrides: Partial<ProduceRecord>): ProduceRecord => ({ topic: 't', value: null, ...overrides })

  it('asks once, and again when what it knows is old or was wrong', async () => {
    let nowMs = 0
    let asked = 0
    const describeTopic = async (topic: string) => ({ topic, partitions: (asked += 1) })
    const topics = new TopicPartitions({ describeTopic }, () => nowMs)
    const learn = async (): Promise<number> => (await topics.learn(new Set(['t'])), asked)
    expect([await learn(), await learn()]).toEqual([1, 1])
    nowMs = 60_000
    expect(await learn()).toBe(2)
    topics.forget()
    expect(await learn()).toBe(3)
  })

  it('takes the partition given, spreads records without a key, keeps those with one together', async () => {
    const topics = new TopicPartitions({ describeTopic: async (topic) => ({ topic, partitions: 3 }) })
    await topics.learn(new Set(['t']))
    expect(topics.choose(record({ partition: 2 }))).toBe(2)
    expect(new Set([1, 2, 3].map(() => topics.choose(record({})))).size).toBe(3)
    const keyed = [1, 2, 3].map(() => topics.choose(record({ key: Buffer.from('k') })))
    expect(new Set(keyed).size).toBe(1)
  })

  it('refuses partitions and topics that do not exist', async () => {
    const topics = new TopicPartitions({ describeTopic: async (topic) => (topic === 't' ? { topic, partitions: 1 } : null) })
    await topics.learn(new Set(['t']))
    expect(() => topics.choose(record({ partition: 1 }))).toThrow(LogError)
    await expect(topics.learn(new Set(['missing']))).rejects.toMatchObject({ code: 'DRK_LOG_TOPIC_MISSING' })
  })
})

describe('startCursors', () => {
  const ranges = new Map([
    [0, { start: 3, end: 8 }],
    [1, { start: 0, end: 0 }],
  ])

  it('begins at the beginning and ends at the end found', () => {
    expect([...startCursors(ranges, {})]).toEqual([
      [0, { next: 3, end: 8 }],
      [1, { next: 0, end: 0 }],
    ])
  })

  it('begins no earlier than what exists, ends nowhere when it follows', () => {
    expect([...startCursors(ranges, { from: new Map([[0, 1]]), partitions: [0], follow: true })]).toEqual([[0, { next: 3, end: null }]])
    expect(startCursors(ranges, { from: 'end' }).get(0)).toEqual({ next: 8, end: 8 })
  })

  it('refuses a partition that does not exist', () => {
    expect(() => startCursors(ranges, { partitions: [5] })).toThrow(LogError)
  })
})

describe('abortable', () => {
  it('passes results and errors on, and rejects with the reason of the signal', async () => {
    const { signal } = new AbortController()
    expect(await abortable(Promise.resolve(1), signal)).toBe(1)
    await expect(abortable(Promise.reject(new Error('own')), signal)).rejects.toThrow('own')
    const abort = new AbortController()
    const waiting = abortable(new Promise(() => undefined), abort.signal)
    abort.abort(new Error('enough'))
    await expect(waiting).rejects.toThrow('enough')
    await expect(abortable(Promise.resolve(1), AbortSignal.abort('text'))).rejects.toThrow('aborted')
  })
})

import { LogError } from '@drakkar/plugin-sdk'
import type { LogProducer, ProduceRecord } from '@drakkar/plugin-sdk/log'
import { createFakeClock } from '@drakkar/plugin-sdk/testing'
import { describe, expect, it } from 'vitest'
import { createRecordingAppLogger } from '../../test/support/recording-app-logger.ts'
import { messageAt, turn } from '../../test/support/values.ts'
import { sourceRecord } from './dead-letter.ts'
import { DeadLetterLog } from './dead-letter-log.ts'
import { DeadLetters } from './dead-letters.ts'

/** Fails the first `failures` sends. */
function logWith(
  failures: number,
  onFailure: 'block' | 'drop' = 'block',
  code: 'DRK_LOG_FAILED' | 'DRK_LOG_RECORD_TOO_LARGE' = 'DRK_LOG_FAILED',
  hangs = false,
) {
  const clock = createFakeClock()
  const logger = createRecordingAppLogger()
  const sent: ProduceRecord[] = []
  let calls = 0
  const producer: LogProducer = {
    connect: async () => undefined,
    close: async () => undefined,
    send: async (records) => {
      calls += 1
      if (hangs) return new Promise(() => undefined)
      if (calls <= failures) throw new LogError({ kind: 'transient', code, message: 'kafka://joe:secret@host is down' })
      sent.push(...records)
      return []
    },
  }
  const log = new DeadLetterLog({ topic: 'input_dlq', producer, onFailure, clock, logger, random: () => 0 })
  const letters = new DeadLetters({ log, workerId: 'w-1', clock })
  const send = (messages = [messageAt(5)], signal = new AbortController().signal) =>
    letters.send(
      sourceRecord(
        letters.facts({ error: new Error('bad'), attempts: 1, place: { topic: 'input', partition: 0 }, messages, taskIds: [] }),
        'arrange',
      ),
      messages,
      signal,
    )
  return { log, letters, clock, logger, sent, send, calls: () => calls }
}

describe('a dead letter', () => {
  it('is a JSON object under the key of its only message', async () => {
    const { log, sent, send, logger } = logWith(0)
    expect(await send()).toBe('dead_lettered')
    expect(sent.map(({ topic, key }) => [topic, key])).toEqual([['input_dlq', Buffer.from('k5')]])
    expect(JSON.parse(Buffer.from(sent[0]?.value ?? []).toString())).toMatchObject({ sink_name: 'arrange', error: 'bad', worker_id: 'w-1' })
    expect([log.sentCount, log.sendFailureCount, log.topic]).toEqual([1, 0, 'input_dlq'])
    expect(logger.events()).toEqual(['dlq_message_sent'])
  })

  it.each([
    ['several messages', [messageAt(1), messageAt(2)]],
    ['no message', []],
    ['a message without a key', [messageAt(1, { key: null })]],
  ])('of %s has no key', async (_case, messages) => {
    const { sent, send } = logWith(0)
    await send(messages)
    expect(sent[0]?.key).toBeNull()
  })

  it('is tried again until the log takes it', async () => {
    const { log, clock, sent, send, logger } = logWith(3)
    const done = send()
    await clock.advance(0)
    expect([log.blockedCount, sent.length]).toEqual([1, 0])
    await clock.advance(60_000)
    expect(await done).toBe('dead_lettered')
    expect([log.blockedCount, log.sentCount, log.sendFailureCount]).toEqual([0, 1, 3])
    const failures = logger.entries.filter(({ level }) => level === 'critical')
    expect(failures.map(({ fields }) => fields['attempt_count'])).toEqual([1, 2, 3])
    expect(failures[0]?.fields).toMatchObject({
      topic: 'input_dlq',
      payload_count: 1,
      error_type: 'transient',
      error: 'kafka://***:***@host is down',
      on_failure: 'block',
    })
  })

  it('is let go after the retries with `drop`, and counted as failed', async () => {
    const { log, send, calls, clock } = logWith(9, 'drop')
    const done = send()
    await clock.advance(60_000)
    expect(await done).toBe('dropped')
    expect([calls(), log.sentCount, log.sendFailureCount]).toEqual([4, 0, 4])
  })

  it('that is given up while it waits is not settled', async () => {
    const { log, clock, send } = logWith(Infinity)
    const stop = new AbortController()
    const done = send([messageAt(1)], stop.signal)
    await clock.advance(1000)
    stop.abort()
    expect(await done).toBe('abandoned')
    expect(log.blockedCount).toBe(0)
  })

  it('that the log refuses for good is sent reduced', async () => {
    const { sent, send, clock } = logWith(1, 'block', 'DRK_LOG_RECORD_TOO_LARGE')
    const done = send()
    await clock.advance(60_000)
    expect(await done).toBe('dead_lettered')
    expect(JSON.parse(Buffer.from(sent[0]?.value ?? []).toString())).toMatchObject({
      reduced: true,
      original_payloads: ['{"n":5}'],
      source: { values: [] },
    })
  })

  it('that the log will take later is sent whole', async () => {
    const { sent, send, clock } = logWith(1)
    const done = send()
    await clock.advance(60_000)
    await done
    expect(JSON.parse(Buffer.from(sent[0]?.value ?? []).toString())).toMatchObject({ source: { values: ['{"n":5}'] } })
  })

  it('that the log never answers ends when it is given up', async () => {
    const { send, log } = logWith(0, 'block', 'DRK_LOG_FAILED', true)
    const stop = new AbortController()
    const done = send([messageAt(1)], stop.signal)
    await turn()
    stop.abort()
    expect([await done, log.sentCount]).toEqual(['abandoned', 0])
  })

  it('that is given up before it is sent is not sent', async () => {
    const { send, calls } = logWith(0)
    expect(await send([messageAt(1)], AbortSignal.abort())).toBe('abandoned')
    expect(calls()).toBe(0)
  })
})

describe('the facts of a failure', () => {
  it('are redacted, and say what kind of error it was', () => {
    const { letters } = logWith(0)
    const facts = (error: unknown) =>
      letters.facts({ error, attempts: 2, place: { topic: 'input', partition: 0 }, messages: [], taskIds: ['t'] })
    expect(facts(new TypeError('at http://joe:secret@host'))).toMatchObject({
      error: 'at http://***:***@host',
      errorType: 'TypeError',
      transient: false,
    })
    expect(facts('text')).toMatchObject({ error: 'text', errorType: 'string', attempts: 2, workerId: 'w-1' })
    expect(facts(new LogError({ kind: 'fatal', code: 'DRK_LOG_CLOSED', message: 'x' }))).toMatchObject({ errorType: 'DRK_LOG_CLOSED' })
    expect(new Set([facts('a').id, facts('a').id]).size).toBe(2)
  })
})

/** A dead-letter log that cannot be reached, or refuses a record, with a spool beside it. */
import { describe, expect, it } from 'vitest'
import { never, offsets, worker } from '../../test/support/dead-letter-worker.ts'
import { FlakyProducer } from '../../test/support/flaky-producer.ts'

describe('a dead letter the log cannot take', () => {
  it('is spooled after its retries, and sent when the log is back, in order and with its key', async () => {
    const { producer, send, clock, log, logger, disk } = await worker()
    producer.isDown = true
    expect([await send(1), await send(2), await send(3)]).toEqual(['spooled', 'spooled', 'spooled'])
    expect([log.spoolEntries, log.spooledCount, log.sentCount, log.isConnected]).toEqual([3, 3, 0, false])
    producer.isDown = false
    await clock.advance(60_000)
    expect(offsets(producer)).toEqual([1, 2, 3])
    expect(producer.json()).toMatchObject([{ source: { offsets: [1] } }, { source: { offsets: [2] } }, { source: { offsets: [3] } }])
    expect([log.spoolEntries, log.sentCount, log.isConnected]).toEqual([0, 3, true])
    expect(new Set(logger.events())).toEqual(new Set(['dlq_sink_connected', 'dlq_send_failed', 'dlq_spooled', 'dlq_spool_resent']))
    expect(disk.names().filter((name) => name.endsWith('.jsonl'))).toEqual([])
  })

  it('goes behind what is in the spool already, also when the log would take it', async () => {
    const { producer, send, clock } = await worker()
    producer.isDown = true
    await send(1)
    producer.isDown = false
    expect(await send(2)).toBe('spooled')
    await clock.advance(60_000)
    expect(offsets(producer)).toEqual([1, 2])
    expect(await send(3)).toBe('dead_lettered')
    expect(offsets(producer)).toEqual([1, 2, 3])
  })

  it('is tried again as often as max_retries says before it is spooled', async () => {
    const { producer, send, clock } = await worker({ maxRetries: 2 })
    producer.isDown = true
    const done = send(1)
    await clock.advance(200)
    expect(producer.calls).toBe(2)
    await clock.advance(400)
    expect(await done).toBe('spooled')
    producer.isDown = false
    await clock.advance(60_000)
    expect(offsets(producer)).toEqual([1])
  })

  it('waits for the log when the disk is full, and says so', async () => {
    const { producer, send, clock, disk, logger } = await worker()
    producer.isDown = true
    disk.failAfter(1)
    const done = send(1)
    await clock.advance(0)
    expect(logger.entries).toContainEqual(expect.objectContaining({ level: 'critical', event: 'dlq_spool_failed' }))
    producer.isDown = false
    await clock.advance(1000)
    expect([await done, offsets(producer)]).toEqual(['dead_lettered', [1]])
  })

  it('is sent by the next worker when this one ends', async () => {
    const first = await worker()
    first.producer.isDown = true
    await first.send(1)
    await first.stop()
    const { producer, clock, log, logger } = await worker({ disk: first.disk, onFailure: 'block' })
    expect(log.spoolEntries).toBe(1)
    await clock.advance(1000)
    expect(offsets(producer)).toEqual([1])
    expect(logger.events()).toContain('dlq_spool_found')
  })

  it('counts as a failure of its own kind when the log is not connected', async () => {
    const producer = new FlakyProducer()
    const { log, send, logger } = await worker({ producer, onFailure: 'drop' })
    producer.isConnectRefused = true
    await expect(log.connect({ signal: never })).rejects.toThrow('nobody answers')
    expect([await send(1), log.sendFailureCount, log.isConnected]).toEqual(['dropped', 1, false])
    expect(logger.events()).toContain('dlq_send_skipped_not_connected')
    expect(producer.calls).toBe(0)
  })
})

describe('a record too large for the log', () => {
  it('is sent in parts, one payload each, and ends when all of them are acknowledged', async () => {
    const { producer, sendPayloads, log } = await worker({ onFailure: 'block' })
    producer.maxBytes = 1200
    expect(await sendPayloads('a'.repeat(200), 'b'.repeat(200), 'c'.repeat(200))).toBe('dead_lettered')
    const parts = producer.json()
    expect(parts.map(({ payload_bodies }) => payload_bodies)).toEqual([['a'.repeat(200)], ['b'.repeat(200)], ['c'.repeat(200)]])
    expect(new Set(parts.map(({ dlq_id }) => dlq_id)).size).toBe(3)
    expect(new Set(parts.map(({ split_of }) => split_of)).size).toBe(1)
    expect(producer.stored.map(({ key }) => Buffer.from(key ?? []).toString())).toEqual(['k1', 'k1', 'k1'])
    expect(log.sendFailureCount).toBe(1)
  })

  it('is spooled in parts when the log goes away in between, and not settled before', async () => {
    const { producer, sendPayloads, log, clock } = await worker()
    producer.maxBytes = 1200
    producer.downAfter = 1
    expect([await sendPayloads('a'.repeat(200), 'b'.repeat(200)), log.spoolEntries]).toEqual(['spooled', 2])
    producer.downAfter = Number.POSITIVE_INFINITY
    await clock.advance(60_000)
    expect(producer.json().map(({ payload_ids }) => payload_ids)).toEqual([['p0'], ['p1']])
  })

  it('is reduced when one payload alone is too large', async () => {
    const { producer, sendPayloads } = await worker({ onFailure: 'block' })
    producer.maxBytes = 1200
    expect(await sendPayloads('x'.repeat(400))).toBe('dead_lettered')
    expect(producer.json()).toMatchObject([{ reduced: true, payload_bodies: [null], original_payloads: [`{"data":"${'x'.repeat(400)}"}`] }])
  })

  it('teaches the next one of its size, which is made smaller before it is sent, until the limit may be another', async () => {
    const { producer, sendPayloads, log, clock } = await worker({ onFailure: 'block' })
    producer.maxBytes = 1200
    await sendPayloads('x'.repeat(400))
    expect([producer.calls, log.sendFailureCount]).toEqual([2, 1])
    expect(await sendPayloads('y'.repeat(400))).toBe('dead_lettered')
    expect([producer.calls, log.sendFailureCount]).toEqual([3, 1])
    expect(producer.json()).toMatchObject([{ reduced: true }, { reduced: true, original_payloads: [`{"data":"${'y'.repeat(400)}"}`] }])
    producer.maxBytes = Number.POSITIVE_INFINITY
    await clock.advance(5 * 60_000)
    await sendPayloads('z'.repeat(400))
    expect(producer.json().map(({ reduced }) => reduced)).toEqual([true, true, undefined])
  })

  it('leaves the line when nothing makes it small enough, and is sent after a restart with a higher limit', async () => {
    const first = await worker()
    first.producer.maxBytes = 900
    expect(await first.sendPayloads('x'.repeat(900))).toBe('spooled')
    expect(first.logger.entries).toContainEqual(expect.objectContaining({ level: 'critical', event: 'dlq_spool_refused' }))
    expect([first.log.spoolEntries, await first.send(2)]).toEqual([1, 'dead_lettered'])
    await first.stop()
    const { producer, clock, log } = await worker({ disk: first.disk })
    await clock.advance(1000)
    expect(producer.json()).toMatchObject([{ original_payloads: [`{"data":"${'x'.repeat(900)}"}`], reduced: true }])
    expect(log.spoolEntries).toBe(0)
  })

  it('holds up no other in the spool', async () => {
    const { producer, sendPayloads, send, clock, log } = await worker()
    producer.isDown = true
    producer.maxBytes = 1200
    expect([await sendPayloads('a'.repeat(2000), 'b'), await send(2)]).toEqual(['spooled', 'spooled'])
    producer.isDown = false
    await clock.advance(60_000)
    const texts = producer.json().flatMap(({ original_payloads }) => original_payloads)
    expect(new Set(texts)).toEqual(new Set(['{"data":"b"}', '{"n":2}']))
    expect(texts).toHaveLength(2)
    expect(log.spoolEntries).toBe(1)
  })

  it('blocks without a spool, and goes through when the limit is raised', async () => {
    const { producer, sendPayloads, clock, log } = await worker({ onFailure: 'block' })
    producer.maxBytes = 10
    const done = sendPayloads('x')
    await clock.advance(20_000)
    expect(log.blockedCount).toBe(1)
    producer.maxBytes = 10_000
    await clock.advance(60_000)
    expect(await done).toBe('dead_lettered')
  })

  it('is let go with `drop`', async () => {
    const { producer, sendPayloads, log } = await worker({ onFailure: 'drop' })
    producer.maxBytes = 10
    expect([await sendPayloads('x', 'y'), log.spoolEntries]).toEqual(['dropped', 0])
  })
})

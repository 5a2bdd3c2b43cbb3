/** Scripted faults: each has its effect, and one that has none makes the run fail. */
import { describe, expect, it } from 'vitest'
import { defineHandler, DeliveryAction, task } from '../src/index.ts'
import {
  brokerDown,
  failDeadLetters,
  failSink,
  HandlerTestError,
  killWorker,
  permanent,
  rebalance,
  runHandler,
  throttled,
  transient,
} from '../src/testing/index.ts'
import { plain, three } from './testing/plain-handler.ts'

const sinks = ['record/main'] as const
const all = [{ data: 'ran 1' }, { data: 'ran 2' }, { data: 'ran 3' }]
const slowPrograms = () => ({ seconds: 10 })

describe('failSink', () => {
  const stubborn = { ...plain(), onDeliveryError: () => DeliveryAction.RETRY }

  it('fails deliveries so often, and then the payloads arrive by a retry', async () => {
    const faults = [failSink('record/main', { times: 2, error: transient('down') })]
    const run = await runHandler(stubborn, { messages: [{ value: 1 }], sinks, faults })
    expect(run.delivered).toMatchObject([{ payload: { data: 'ran 1' }, attempt: 2 }])
    expect(run.logs.filter(({ event }) => event === 'sink_delivery_retry').map(({ fields }) => fields['error'])).toEqual(['down', 'down'])
    expect(run.seconds).toBeGreaterThan(0.05)
  })

  it('is retried quickly where the sink is idempotent, and asks for a pause where it is throttled', async () => {
    const config = { sinks: { record: { main: { idempotent: true } } } }
    const quick = await runHandler(plain(), { messages: [{ value: 1 }], config, faults: [failSink('record/main')] })
    expect(quick.delivered.map(({ seconds }) => seconds)).toEqual([0.05])
    const paused = await runHandler(stubborn, {
      messages: [{ value: 1 }],
      config,
      faults: [failSink('record/main', { error: throttled(7000) })],
    })
    expect(paused.delivered[0]?.seconds).toBeGreaterThanOrEqual(7)
  })

  it('dead-letters what fails for good, the payloads it is about alone', async () => {
    const faults = [failSink('record/main', { error: permanent('refused'), payloads: (payload) => JSON.stringify(payload).includes('2') })]
    const run = await runHandler(plain(), { messages: three, sinks, faults })
    expect(run.payloads('record')).toEqual([all[0], all[2]])
    expect(run.deadLettered).toMatchObject([{ sink: 'record/main', error: 'refused', offsets: [1], payloads: [{ data: 'ran 2' }] }])
    expect([...run.committed]).toEqual([[0, 3]])
  })

  it('that hangs ends at the deadline of the delivery', async () => {
    const config = { sinks: { record: { main: { delivery_timeout_seconds: 20 } } } }
    const run = await runHandler(plain(), { messages: [{ value: 1 }], config, faults: [failSink('record/main', { hang: true })] })
    expect(run.deadLettered).toMatchObject([{ sink: 'record/main', error: 'no answer within 20000 ms' }])
    expect(Math.floor(run.seconds)).toBe(20)
  })

  it('opens the breaker, which holds the source until the sink is back', async () => {
    const config = { sinks: { circuit_breaker: { failure_threshold: 1, cooldown_seconds: 60, on_open: 'hold' }, record: { main: {} } } }
    const run = await runHandler(plain(), { messages: three, config, faults: [failSink('record/main', { times: 1 })] })
    expect(run.deadLettered).toMatchObject([{ sink: 'record/main', payloads: [all[0]] }])
    expect(run.delivered.map(({ payload, seconds }) => [payload, seconds])).toEqual([
      [all[1], 60],
      [all[2], 60],
    ])
  })

  it('or a rebalance of something that does not exist is refused', async () => {
    await expect(runHandler(plain(), { sinks, faults: [rebalance({ partitions: [3] })] })).rejects.toThrow('the topic has 1')
    const run = runHandler(plain(), { sinks, faults: [failSink('record/other')] })
    await expect(run).rejects.toThrow("failSink('record/other'): there is no such sink; there is record/main")
  })
})

describe('killWorker', () => {
  it('delivers again what was not committed, and a new worker commits it', async () => {
    const run = await runHandler(plain(), { messages: three, sinks, faults: [killWorker({ afterDelivered: 2 })] })
    expect(run.payloads('record')).toEqual([all[0], all[1], ...all])
    expect(new Set(run.delivered.map(({ id }) => id)).size).toBe(3)
    expect([...run.committed]).toEqual([[0, 3]])
    expect(run.logs.filter(({ event }) => event === 'drakkar_starting')).toHaveLength(2)
    expect(run.seconds).toBeGreaterThan(10)
  })

  it('ends what is running', async () => {
    const run = await runHandler(plain(), { messages: three, sinks, programs: slowPrograms, faults: [killWorker({ afterSeconds: 5 })] })
    expect(run.executed.map(({ status }) => status)).toEqual([...three.map(() => 'killed'), ...three.map(() => 'completed')])
    expect(run.payloads('record')).toEqual(all)
  })

  it('calls no hook of a dead worker', async () => {
    const calls: string[] = []
    const handler = defineHandler({
      arrange: (messages) => messages.map((message) => task({ from: message })),
      onTaskComplete: async () => {
        calls.push('task')
        return { record: [{ data: 1 }] }
      },
      onMessageComplete: () => void calls.push('message'),
    })
    await runHandler(handler, { messages: [{ value: 1 }], sinks, faults: [killWorker({ afterDelivered: 1 })] })
    expect(calls).toEqual(['task', 'task', 'message'])
  })

  it('leaves alone what was committed before', async () => {
    const handler = plain()
    const messages = Array.from({ length: 20 }, (_, index) => ({ value: index }))
    const config = { executor: { max_executors: 1, window_size: 1 } }
    const run = await runHandler(handler, {
      messages,
      sinks,
      config,
      programs: () => ({ seconds: 1 }),
      faults: [killWorker({ afterStarted: 15 })],
    })
    expect(run.executed.filter(({ status }) => status === 'killed')).toHaveLength(1)
    expect(run.delivered.length).toBeLessThan(22)
    expect([...run.committed]).toEqual([[0, 20]])
  })
})

describe('rebalance', () => {
  it('finishes and commits what runs before the partition moves', async () => {
    const run = await runHandler(plain(), {
      messages: three,
      sinks,
      programs: slowPrograms,
      faults: [rebalance({ afterStarted: 2, partitions: [0] })],
    })
    expect(run.payloads('record')).toEqual(all)
    expect(run.logs.map(({ event }) => event)).toContain('partitions_revoked')
    expect(run.executed.every(({ status }) => status === 'completed')).toBe(true)
  })

  it('gives up what runs where the partition is lost', async () => {
    const run = await runHandler(plain(), {
      messages: three,
      sinks,
      programs: slowPrograms,
      faults: [rebalance({ afterSeconds: 5, lost: true })],
    })
    expect(run.executed.map(({ status }) => status)).toEqual([...three.map(() => 'cancelled'), ...three.map(() => 'completed')])
    expect(run.payloads('record')).toEqual(all)
    expect(run.logs.map(({ event }) => event)).toContain('partitions_lost')
  })
})

describe('brokerDown', () => {
  it('keeps records and commits back until the broker is there again', async () => {
    const run = await runHandler(plain(), { messages: three, sinks, faults: [brokerDown({ seconds: 30 })] })
    expect(run.delivered.map(({ seconds }) => seconds)).toEqual([30, 30, 30])
    const later = await runHandler(plain(), { messages: three, sinks, faults: [brokerDown({ seconds: 30, afterDelivered: 1 })] })
    expect(later.delivered.map(({ seconds }) => seconds)).toEqual([0, 0, 0])
    expect(later.seconds).toBeGreaterThanOrEqual(30)
    expect(later.logs.map(({ event }) => event)).toContain('commit_failed')
  })
})

describe('several at once', () => {
  it('overlap: the broker is back after the longest outage, and a dead worker cannot be killed', async () => {
    const faults = [brokerDown({ seconds: 30 }), brokerDown({ seconds: 60, afterSeconds: 10 })]
    const run = await runHandler(plain(), { messages: three, sinks, faults })
    expect(run.delivered.map(({ seconds }) => seconds)).toEqual([70, 70, 70])
    const twice = runHandler(plain(), {
      messages: three,
      sinks,
      faults: [killWorker({ afterStarted: 1 }), killWorker({ afterSeconds: 5 })],
    })
    await expect(twice).rejects.toThrow('the fault killWorker({ afterSeconds: 5 }) never happened')
  })
})

describe('failDeadLetters', () => {
  it('holds the commit back until the dead letter is taken', async () => {
    const messages = [{ raw: 'no json' }, { value: 1 }]
    const run = await runHandler(plain(), { messages, sinks, faults: [failDeadLetters({ times: 3 })] })
    expect(run.deadLettered).toMatchObject([{ stage: 'deserialize' }])
    expect(run.logs.filter(({ event }) => event === 'dlq_send_failed')).toHaveLength(3)
    expect([...run.committed]).toEqual([[0, 2]])
  })

  it('for ever ends the run with what is open', async () => {
    const run = runHandler(plain(), { messages: [{ raw: 'no json' }], sinks, faults: [failDeadLetters({ times: Infinity })] })
    await expect(run).rejects.toThrow(HandlerTestError)
    await expect(run).rejects.toThrow(/partition 0: committed 0 of 1[^]*1 dead letters wait for the dead-letter log[^]*dlq_send_failed/)
  })
})

describe('a fault without effect', () => {
  it.each([
    [
      failSink('record/main', { afterDelivered: 9, error: permanent('no') }),
      "failSink('record/main', { afterDelivered: 9, error: permanent('no') })",
    ],
    [failSink('record/main', { payloads: () => false }), "failSink('record/main', { payloads: … })"],
    [killWorker({ afterStarted: 4 }), 'killWorker({ afterStarted: 4 })'],
    [rebalance({ afterSeconds: 60, partitions: [0, 1] }), 'rebalance({ afterSeconds: 60, partitions: [0, 1] })'],
    [brokerDown({ seconds: 1, afterSeconds: 60 }), 'brokerDown({ seconds: 1, afterSeconds: 60 })'],
    [failDeadLetters(), 'failDeadLetters()'],
  ])('makes the run fail: %#', async (fault, text) => {
    const run = runHandler(plain(), { messages: three, partitions: 2, sinks, faults: [fault] })
    await expect(run).rejects.toThrow(`the fault ${text} never happened: every message was committed`)
  })
})

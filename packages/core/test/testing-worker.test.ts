/** A test worker step by step, in virtual time; and runs that cannot finish. */
import { setTimeout as realTime } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { defineHandler, ErrorAction, task } from '../src/index.ts'
import { brokerDown, failDeadLetters, failSink, HandlerTestError, killWorker, runHandler, startTestWorker } from '../src/testing/index.ts'
import { plain, three } from './testing/plain-handler.ts'

const sinks = ['record/main'] as const

describe('step by step', () => {
  it('a worker takes what is sent, settles it, and stops', async () => {
    await using worker = await startTestWorker(plain(), { sinks })
    expect(worker.snapshot()).toMatchObject({ partitions: [0] })
    worker.send({ value: 1 })
    expect(worker.delivered).toEqual([])
    await worker.settle()
    expect(worker.payloads('record')).toEqual([{ data: 'ran 1' }])
    worker.send({ value: 2 }, { value: 3 })
    await worker.settle()
    expect([...worker.committed]).toEqual([[0, 3]])
    const run = await worker.stop()
    expect([run.exitCode, run.delivered.length]).toEqual([0, 3])
    expect(await worker.stop()).toBe(run)
  })

  it('time passes as far as the test says', async () => {
    await using worker = await startTestWorker(plain(), { sinks, messages: [{ value: 1 }], programs: () => ({ seconds: 60 }) })
    await worker.advance(59_999)
    expect([worker.executed[0]?.status, worker.delivered, worker.seconds]).toEqual(['running', [], 59.999])
    await worker.advance(1)
    expect([worker.executed[0]?.status, worker.delivered.length, worker.seconds]).toEqual(['completed', 1, 60])
  })

  it('faults can be injected at any moment', async () => {
    await using worker = await startTestWorker(plain(), { sinks })
    worker.send({ value: 1 })
    await worker.settle()
    worker.inject(brokerDown({ seconds: 5 }))
    worker.send({ value: 2 })
    await worker.advance(4999)
    expect(worker.delivered).toHaveLength(1)
    worker.inject(killWorker())
    await worker.settle()
    expect(worker.payloads('record')).toEqual([{ data: 'ran 1' }, { data: 'ran 2' }])
    expect(worker.unusedFaults).toEqual([])
  })

  it('a stop finishes what runs, and gives up what outlasts the drain', async () => {
    const options = { sinks, messages: three, config: { executor: { drain_timeout_seconds: 30 } } }
    await using patient = await startTestWorker(plain(), { ...options, programs: () => ({ seconds: 20 }) })
    await patient.advance(1)
    expect(await patient.stop()).toMatchObject({ exitCode: 0, committed: new Map([[0, 3]]) })
    await using endless = await startTestWorker(plain(), { ...options, programs: () => ({ seconds: 100 }) })
    await endless.advance(1)
    const run = await endless.stop()
    expect([run.exitCode, run.delivered, run.committed.size]).toEqual([5, [], 0])
  })

  it('hooks may take real time, and virtual time waits for them', async () => {
    const handler = defineHandler({
      arrange: async (messages) => {
        await realTime(20)
        return messages.map((message) => task({ from: message }))
      },
      onTaskComplete: async () => {
        await realTime(20)
        return { record: [{ data: 1 }] }
      },
      periodic: { tick: { seconds: 1, run: () => undefined } },
    })
    const run = await runHandler(handler, { messages: three, sinks })
    expect(run.delivered.map(({ seconds }) => seconds)).toEqual([0, 0, 0])
  })
})

describe('a run that cannot finish', () => {
  const hanging = defineHandler({ arrange: () => [], onMessageComplete: () => new Promise(() => undefined) })

  it('because a hook never returns says so', async () => {
    const run = runHandler(hanging, { messages: three, sinks, patienceMs: 5 })
    await expect(run).rejects.toThrow(HandlerTestError)
    await expect(run).rejects.toThrow(
      /the commit of every message never came[^]*partition 0: committed 0 of 3[^]*onMessageComplete of offset 0 has not returned/,
    )
  })

  it('because a sink never answers says so', async () => {
    const run = runHandler(plain(), { messages: three, sinks, faults: [failSink('record/main', { hang: true })] })
    await expect(run).rejects.toThrow('the delivery to record/main has not returned')
  })

  it('because the dead-letter log never comes back says so', async () => {
    const run = runHandler(plain(), { messages: [{ raw: '?' }], sinks, faults: [failDeadLetters({ times: Infinity })] })
    await expect(run).rejects.toThrow('1 dead letters wait for the dead-letter log')
  })

  it('because nothing but a periodic job goes on says so', async () => {
    const handler = { ...hanging, periodic: { tick: { seconds: 1, run: () => undefined } } }
    await expect(runHandler(handler, { messages: three, sinks, patienceMs: 5 })).rejects.toThrow('onMessageComplete of offset 0')
  })

  it('goes on by itself where the hook has a time limit', async () => {
    const run = await runHandler(hanging, {
      messages: [{ value: 1 }],
      sinks,
      patienceMs: 5,
      config: { executor: { hook_timeout_seconds: 30 } },
    })
    expect(run.deadLettered).toMatchObject([{ stage: 'on_message_complete', offsets: [0] }])
    expect(Math.floor(run.seconds)).toBe(30)
  })
})

describe('a worker that fails', () => {
  it('fails the start with its own error', async () => {
    const broken = { ...plain(), onReady: () => Promise.reject(new Error('no licence')) }
    await expect(startTestWorker(broken, { sinks })).rejects.toThrow('no licence')
    await expect(runHandler({ ...plain(), arrange: undefined as never }, { sinks })).rejects.toMatchObject({ code: 'DRK_HANDLER_INVALID' })
    await expect(runHandler(plain(), { sinks, config: { executor: { max_executors: 0 } } })).rejects.toMatchObject({
      code: 'DRK_CONFIG_INVALID',
    })
  })
})

describe('the same input', () => {
  it('gives the same run, jitter and faults included', async () => {
    const once = async (seed: number) => {
      const run = await runHandler(
        { ...plain(), onError: () => ErrorAction.RETRY },
        {
          messages: Array.from({ length: 30 }, (_, index) => ({ value: index, key: `k${index % 7}` })),
          partitions: 3,
          sinks,
          seed,
          config: { executor: { retry_backoff_base_seconds: 1, retry_jitter: 1 } },
          programs: ({ sourceOffsets }, attempt) => ({ seconds: 1 + ((sourceOffsets[0] ?? 0) % 3), exitCode: attempt === 1 ? 1 : 0 }),
          faults: [killWorker({ afterDelivered: 10 }), failSink('record/main', { times: 2, afterDelivered: 12 })],
        },
      )
      const { delivered, committed, executed, seconds } = run
      return { delivered, committed, executed, seconds, letters: run.deadLettered.map(({ record: _ids, ...letter }) => letter) }
    }
    const first = await once(1)
    expect(await once(1)).toEqual(first)
    expect((await once(2)).seconds).not.toBe(first.seconds)
  })
})

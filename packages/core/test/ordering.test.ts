/** `executor.ordering` through the whole worker: who waits for whom, and who does not (docs/guides/ordering.md). */
import { describe, expect, it } from 'vitest'
import { defineHandler } from '../src/handler.ts'
import type { MemoryLog } from '../src/log/memory/memory-log.ts'
import { task } from '../src/model/make-task.ts'
import type { SourceMessage } from '../src/model/message.ts'
import { FakeExecutor, type FakeProgram } from './support/fake-executor.ts'
import { createHarness, type HarnessOptions, topic } from './support/harness.ts'
import { createRecorder, recordSink } from './support/record-sink.ts'
import { createGate, until } from './support/waiting.ts'

/** One message per name; the letter is its key, `-` is none. Its value is its name. */
async function sendKeyed(log: MemoryLog, names: readonly string[]): Promise<void> {
  const producer = log.producer()
  await producer.connect({ signal: new AbortController().signal })
  const keyOf = (name: string): Buffer | null => (name.startsWith('-') ? null : Buffer.from(name.slice(0, 1)))
  const valueOf = (name: string): Buffer => Buffer.from(name.endsWith('?') ? 'not json' : JSON.stringify(name))
  await producer.send(names.map((name) => ({ topic, partition: 0, key: keyOf(name), value: valueOf(name) })))
  await producer.close()
}

const nameOf = ({ payload }: SourceMessage): string => String(payload)
const oneEach = (messages: readonly SourceMessage[]) => messages.map((message) => task({ from: message, args: [nameOf(message)] }))

interface Running {
  readonly harness: Awaited<ReturnType<typeof createHarness>>
  readonly started: readonly string[]
  readonly delivered: () => readonly unknown[]
  readonly ended: Promise<unknown>
}

interface RunOptions extends Partial<HarnessOptions> {
  readonly ordering?: string
  readonly program?: FakeProgram
  readonly recorder?: ReturnType<typeof createRecorder>
  readonly settings?: Readonly<Record<string, unknown>>
}

/** Starts a worker; `started` names the runs of the program in their order. */
async function start(names: readonly string[], options: RunOptions = {}): Promise<Running> {
  const {
    ordering = 'key',
    program = ({ args }) => ({ stdout: args.join() }),
    recorder = createRecorder(),
    settings = {},
    ...rest
  } = options
  const started: string[] = []
  const harness = await createHarness({
    handler: defineHandler({ arrange: oneEach, onTaskComplete: ({ stdout }) => ({ record: [{ data: stdout }] }) }),
    sinks: [recordSink(recorder, { ordered: true })],
    executor: new FakeExecutor((run, attempt) => {
      started.push(run.args.join())
      return program(run, attempt)
    }, 100),
    config: { executor: { ordering, ...settings } },
    ...rest,
  })
  await sendKeyed(harness.log, names)
  return { harness, started, delivered: () => recorder.delivered.map(({ data }) => data), ended: harness.app.run() }
}

/** A program that waits at `name` until the gate is open. */
function waitingAt(name: string, gate: ReturnType<typeof createGate>): FakeProgram {
  return async ({ args }) => {
    if (args[0] === name) await gate.opened
    return { stdout: args.join() }
  }
}

describe('ordering by key', () => {
  it('runs one message of a key at a time, and other keys and messages without one beside it', async () => {
    const gate = createGate()
    const { started, delivered, ended } = await start(['a1', 'a2', 'b1', 'b2', '-1', '-2'], { program: waitingAt('a1', gate) })
    await until(() => delivered().length === 4)
    expect(new Set(started)).toEqual(new Set(['a1', 'b1', 'b2', '-1', '-2']))
    gate.open()
    await ended
    expect(delivered().filter((name) => String(name).startsWith('a'))).toEqual(['a1', 'a2'])
  })

  it('starts the next message when the payloads of the one before are settled, those of onMessageComplete included', async () => {
    const gates = new Map(['task', 'message'].map((name) => [name, createGate()]))
    const recorder = createRecorder()
    recorder.script = async (items) => {
      const [first] = items
      if (first?.source.offsets[0] === 0) await gates.get(String(first.payload.data))?.opened
      return 'normal' as const
    }
    const handler = defineHandler({
      arrange: oneEach,
      onTaskComplete: () => ({ record: [{ data: 'task' }] }),
      onMessageComplete: () => ({ record: [{ data: 'message' }] }),
    })
    const { started, harness, ended } = await start(['a1', 'a2'], { handler, recorder })
    for (const [count, name] of [...gates.keys()].entries()) {
      await until(() => recorder.calls.length === count + 1)
      expect([started, harness.app.snapshot()?.inFlightTasks]).toEqual([['a1'], 2 - count])
      gates.get(name)?.open()
    }
    await ended
    expect(recorder.delivered.map(({ offsets, data }) => [offsets[0], data])).toEqual([
      [0, 'task'],
      [0, 'message'],
      [1, 'task'],
      [1, 'message'],
    ])
  })

  it('lets a message without tasks have its turn too', async () => {
    const handler = defineHandler({
      arrange: (messages) => oneEach(messages.filter((message) => nameOf(message) !== 'a2')),
      onMessageComplete: ({ sourceMessage }) => ({ record: [{ data: nameOf(sourceMessage) }] }),
    })
    const gate = createGate()
    const { delivered, ended } = await start(['a1', 'a2', 'a3', 'b1'], { handler, program: waitingAt('a1', gate) })
    await until(() => delivered().includes('b1'))
    expect(delivered()).toEqual(['b1'])
    gate.open()
    await ended
    expect(delivered()).toEqual(['b1', 'a1', 'a2', 'a3'])
  })

  it('keeps the turn through retries, replacements and dead letters', async () => {
    const handler = defineHandler({
      arrange: oneEach,
      onTaskComplete: ({ stdout }) => ({ record: [{ data: stdout }] }),
      onError: ({ args }) => (args[0] === 'a1' ? 'RETRY' : args[0] === 'a2' ? [task({ args: ['a2x'] }), task({ args: ['a2y'] })] : 'DLQ'),
    })
    const failing = new Set(['a1', 'a2', 'a3'])
    const program: FakeProgram = ({ args: [name = ''] }, attempt) =>
      failing.has(name) && (name !== 'a1' || attempt < 3) ? { exitCode: 1 } : { stdout: name }
    const { started, delivered, ended, harness } = await start(['a1', 'a2', 'a3', 'a4'], { handler, program })
    await ended
    expect(started).toEqual(['a1', 'a1', 'a1', 'a2', 'a2x', 'a2y', 'a3', 'a4'])
    expect(delivered()).toEqual(['a1', 'a2x', 'a2y', 'a4'])
    expect(await harness.deadLetters()).toHaveLength(1)
    expect(await harness.committed()).toEqual(new Map([[0, 4]]))
  })

  it('makes nobody wait for a message that was never arranged', async () => {
    const handler = defineHandler({
      arrange: (messages) => {
        if (messages.some((message) => nameOf(message) === 'a2')) throw new Error('poison')
        return oneEach(messages)
      },
    })
    const { started, ended, harness } = await start(['a1?', 'a2', 'a3'], { handler, settings: { max_retries: 0 } })
    await ended
    expect(started).toEqual(['a3'])
    expect(await harness.committed()).toEqual(new Map([[0, 3]]))
  })

  it('does not wait for the hook of a window', async () => {
    const gate = createGate()
    const handler = defineHandler({ arrange: oneEach, onWindowComplete: () => gate.opened })
    const { started, ended } = await start(['a1', 'a2', 'a3'], { handler, settings: { window_size: 1 } })
    await until(() => started.length === 3)
    gate.open()
    expect(await ended).toEqual({ exitCode: 0, reason: 'caught_up' })
  })
})

describe('a task of several messages', () => {
  it('waits for its turn in the lines of all of them, and they end together', async () => {
    const gate = createGate()
    const handler = defineHandler({
      arrange: (messages) => {
        const [tied, single] = [
          messages.filter((message) => nameOf(message).endsWith('+')),
          messages.filter((message) => !nameOf(message).endsWith('+')),
        ]
        return [...oneEach(single), task({ from: tied, args: ['both'] })]
      },
    })
    const { started, ended } = await start(['a1', 'b1+', 'a2+', 'b2', 'a3', 'c1'], { handler, program: waitingAt('a1', gate) })
    await until(() => started.length === 2)
    expect(started).toEqual(['a1', 'c1'])
    gate.open()
    await ended
    expect(started.slice(2)).toEqual(['both', 'b2', 'a3'])
  })

  it('may name messages of an earlier window: it runs at its own turn, and they end with it', async () => {
    const [first, other] = [createGate(), createGate()]
    const program: FakeProgram = async ({ args }) => {
      if (args[0] === 'a1') await first.opened
      if (args[0] === 'b1') await other.opened
      return {}
    }
    let earlier: SourceMessage | undefined
    const ends: number[] = []
    const handler = defineHandler({
      arrange: (messages) => {
        const [message] = messages
        if (message === undefined || message.offset < 2) earlier ??= message
        return message?.offset === 2 && earlier !== undefined ? [task({ from: [earlier, message], args: ['late'] })] : oneEach(messages)
      },
      onMessageComplete: ({ sourceMessage }) => void ends.push(sourceMessage.offset),
    })
    const { started, ended } = await start(['a1', 'b1', 'b2', 'a2'], { handler, program, settings: { window_size: 1 } })
    await until(() => started.length === 2)
    first.open()
    other.open()
    await ended
    expect(started).toEqual(['a1', 'b1', 'late', 'a2'])
    expect(ends).toEqual([1, 0, 2, 3])
  })
})

describe('ordering by partition', () => {
  it('runs one message at a time, with or without a key', async () => {
    let [running, most] = [0, 0]
    const program: FakeProgram = async ({ args }) => {
      most = Math.max(most, (running += 1))
      await new Promise((resolve) => setImmediate(resolve))
      running -= 1
      return { stdout: args.join() }
    }
    const names = ['a1', 'b1', '-1', 'a2', '-2']
    const { started, delivered, ended } = await start(names, { ordering: 'partition', program })
    await ended
    expect([started, delivered(), most]).toEqual([names, names, 1])
  })

  it('runs the tasks of one message side by side', async () => {
    let running = 0
    const handler = defineHandler({ arrange: (messages) => messages.flatMap((message) => [1, 2].map(() => task({ from: message }))) })
    const program: FakeProgram = async () => {
      running += 1
      await until(() => running % 2 === 0)
      return {}
    }
    const { started, ended } = await start(['a1', 'b1'], { ordering: 'partition', handler, program })
    await ended
    expect(started).toHaveLength(4)
  })
})

describe('a stop', () => {
  it('starts nobody else, ends when what runs has ended, and leaves the rest for the next worker, in order', async () => {
    const [gate, recorder] = [createGate(), createRecorder()]
    const options = { recorder, program: waitingAt('a1', gate) }
    const { started, harness, ended } = await start(['a1', 'a2', 'a3'], { ...options, until: 'stopped' })
    await until(() => started.length === 1)
    harness.app.stop()
    gate.open()
    expect(await ended).toEqual({ exitCode: 0, reason: 'stopped' })
    expect([started, await harness.committed()]).toEqual([['a1'], new Map([[0, 1]])])
    const next = await start([], { ...options, log: harness.log })
    await next.ended
    expect([next.started, recorder.delivered.map(({ data }) => data)]).toEqual([
      ['a2', 'a3'],
      ['a1', 'a2', 'a3'],
    ])
  })
})

/** What goes wrong before, during and after a `drakkar dlq replay`, and what the command says then. */
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { coreServices } from '../src/core-services.ts'
import type { CliServices } from '../src/services.ts'
import { fill, letter, recordsOf } from './dead-letters.ts'
import { fakeIo, run, type FakeIo } from './fake-io.ts'
import { fakeLog } from './fake-log.ts'
import { fixtureProject, sinkModule, type FixtureProject } from './fixture-project.ts'

let project: FixtureProject
let path = ''

beforeEach(async () => {
  project = await fixtureProject()
  path = join(project.root, 'log.db')
  await project.write(
    'drakkar.yaml',
    `embedded: { path: ${path}, source_topic: events }\nsinks: { acme: { main: { url: "http://a.invalid" } } }\n`,
  )
  return () => project[Symbol.asyncDispose]()
})

interface Ran {
  readonly code: number
  readonly output: string
  readonly errors: readonly string[]
}

async function dlq(...words: readonly string[]): Promise<Ran> {
  return dlqWith(() => ({}), fakeIo({ workingDirectory: project.root }), ...words)
}

async function dlqWith(change: (real: CliServices) => Partial<CliServices>, io: FakeIo, ...words: readonly string[]): Promise<Ran> {
  const real = coreServices(io)
  const code = await run(io, { ...real, ...change(real) }, 'dlq', ...words)
  return { code, output: io.output(), errors: io.errors().split('\n').filter(Boolean) }
}

const text = (value: Uint8Array | null) => Buffer.from(value ?? []).toString()
const nothing = 'summary: read=0 published=0 would_publish=0 filtered_out=0 skipped_invalid=0 errors=0'

/** A message of the source topic as it was, under an offset of one's choice. */
function held(id: number, value: string, timestamp: number) {
  const source = { topic: 'events', partition: 0, offsets: [7], timestamps: [timestamp], keys: ['k'], values: [value], headers: [[]] }
  return letter(id, { source })
}

describe('mode source', () => {
  it('keeps messages of a topic that was created anew apart, and tells what it leaves out', async () => {
    await fill(path, ['events_dlq', 'again'], [held(0, 'before', 1000), held(2, 'after', 2000), held(4, 'after', 2000)])
    const { code, errors, output } = await dlq('replay', '--target-topic=again', '--mode=source', '--json')
    expect(code).toBe(0)
    expect((await recordsOf(path, 'again')).map(({ value }) => text(value)).toSorted()).toEqual(['after', 'before'])
    expect(errors.at(-2)).toMatch(/^duplicates=1: source messages left out/)
    expect(JSON.parse(output)).toMatchObject({ published: 2, duplicates: 1 })
  })
})

describe('an entry that is refused for good', () => {
  const letters = [letter(0), letter(2, { partition: 9 }), letter(4)]
  const words = ['replay', '--target-topic=again', '--preserve-partition', '--checkpoint=c.json'] as const

  it('stops a run, which tells how to go on; skipped, it blocks no longer', async () => {
    await fill(path, ['events_dlq', 'again'], letters)
    const stopped = await dlq(...words)
    expect(stopped.code).toBe(1)
    expect(stopped.errors.join('\n')).toMatch(
      /"drakkar dlq show 0:1" shows the entry; run again with the same --checkpoint .*--on-error=skip/,
    )
    expect((await dlq(...words)).errors.at(-1)).toContain('read=1 published=0')
    const skipped = await dlq(...words, '--on-error=skip')
    expect([skipped.code, skipped.errors.at(-1)]).toEqual([1, expect.stringContaining('read=2 published=1 ') as string])
    expect(skipped.errors.at(-1)).toMatch(/errors=1$/)
    expect(skipped.errors).toContainEqual(
      expect.stringMatching(/^dlq_replay_refused partition=0 offset=1 reason: "again" has 2 partitions/),
    )
    expect(await dlq(...words)).toMatchObject({ code: 0 })
    expect(await recordsOf(path, 'again')).toHaveLength(2)
  })
})

describe('a checkpoint', () => {
  it('is not left behind by a command whose target is not there', async () => {
    await fill(path, ['events_dlq', 'again'], [letter(0)])
    expect((await dlq('replay', '--target-topic=typo', '--checkpoint=c.json')).code).toBe(2)
    expect(await readdir(project.root)).not.toContain('c.json')
    expect((await dlq('replay', '--target-topic=again', '--checkpoint=c.json')).code).toBe(0)
  })

  it.each([
    ['{ "0": 500 }', /at offset 500 of partition 0, and the topic ends at 2: was the topic created anew\?/],
    ['{ "5": 0 }', /at offset 0 of partition 5, and there is no such partition/],
  ])('beyond the topic is refused: %s', async (positions, message) => {
    await fill(path, ['events_dlq', 'again'], [letter(0), letter(2)])
    const words = ['replay', '--target-topic=again', '--checkpoint=c.json'] as const
    await dlq(...words, '--limit=1')
    const file = join(project.root, 'c.json')
    await writeFile(file, (await readFile(file, 'utf8')).replace(/"positions": \{[^}]*\}/, `"positions": ${positions}`))
    const { code, errors } = await dlq(...words)
    expect([code, errors.join('\n')]).toEqual([2, expect.stringMatching(message)])
  })
})

describe('a warning', () => {
  it.each([
    [['--target-topic=events'], true],
    [['--target-topic=events', '--mode=data'], true],
    [['--target-topic=events', '--mode=source'], false],
    [['--target-topic=events', '--sink-type=handler'], false],
    [['--target-topic=again'], false],
  ])('comes where payloads for sinks would become input: %j %s', async (words, expected) => {
    await fill(path, ['events_dlq', 'events', 'again'], [letter(0)])
    const { code, errors } = await dlq('replay', ...words)
    expect([code, errors.some((line) => line.startsWith('warning: "events" is the source topic'))]).toEqual([0, expected])
  })

  it.each(['ls', 'replay'])('%s hints at a path that is nowhere', async (command) => {
    await fill(path, ['events_dlq'], [letter(0)])
    const dry = command === 'replay' ? ['--dry-run'] : []
    const hints = async (where: string) =>
      (await dlq(command, ...dry, `--where=${where}`)).errors.filter((line) => line.startsWith('hint:'))
    expect(await hints('payload.dta.id=0')).toEqual([expect.stringContaining('--where payload.dta.id: there is nothing at this path')])
    expect(await hints('payload.data.id=77')).toEqual([])
  })
})

describe('before it begins', () => {
  it.each(['ls', 'show', 'replay'])('%s: no dead-letter topic yet', async (command) => {
    await fill(path, ['events'], [])
    const words = command === 'show' ? ['0:1'] : command === 'replay' ? ['--dry-run'] : []
    const { code, errors } = await dlq(command, ...words)
    expect(code).toBe(command === 'replay' ? 2 : 3)
    expect(errors.join('\n')).toContain(
      `nothing has been dead-lettered yet, or dlq.topic is another: there is no topic "events_dlq" in embedded ${path}`,
    )
  })

  it('refuses target brokers without a target', async () => {
    await fill(path, ['events_dlq'], [])
    const { code, errors } = await dlq('replay', '--dry-run', '--target-brokers=a:1')
    expect([code, errors.join('\n')]).toEqual([2, expect.stringContaining('--target-brokers needs a --target-topic')])
  })

  it.each([
    ['cannot connect', [], /acme\/main: cannot connect: no route/],
    ['does not exist', ['--dry-run', '--sink-type=nope'], /the sink nope\/\* is not configured; configured are acme\/main/],
  ])('ends with 2 for a sink that %s', async (_case, words, message) => {
    await fill(path, ['events_dlq'], [letter(0)])
    const broken = sinkModule('acme').replace('deliver:', "connect: () => Promise.reject(new Error('no route')), deliver:")
    await project.write('node_modules/@acme/sinks/acme.js', broken)
    const { code, errors } = await dlq('replay', '--mode=sink', ...words)
    expect([code, errors.join('\n')]).toEqual([2, expect.stringMatching(message)])
  })

  it('says on Ctrl+C what has been done: nothing', async () => {
    await fill(path, ['events_dlq'], [letter(0)])
    const io = fakeIo({ workingDirectory: project.root })
    const interrupted = (): Partial<CliServices> => ({
      openSinkTarget: () => {
        io.interrupt()
        return new Promise(() => undefined)
      },
    })
    const { code, errors } = await dlqWith(interrupted, io, 'replay', '--mode=sink')
    expect([code, errors.at(-1)]).toEqual([130, nothing])
  })
})

it('a client that does not close well changes neither the exit code nor what is closed after it', async () => {
  const log = fakeLog({ events_dlq: 2, again: 2 })
  await log.producer().send([letter(0)])
  const producer = () => ({ ...log.producer(), close: () => Promise.reject(new Error('socket gone')) })
  const letters = { log: { ...log, producer }, topic: 'events_dlq', sourceTopic: 'events', brokers: 'a:1', openTarget: async () => log }
  const badlyClosing = (): Partial<CliServices> => ({ openDeadLetters: async () => letters })
  const io = fakeIo({ workingDirectory: project.root })
  const { code, errors } = await dlqWith(badlyClosing, io, 'replay', '--target-topic=again')
  expect([code, log.closed]).toEqual([0, true])
  expect(errors).toContain('warning: closing failed: socket gone')
})

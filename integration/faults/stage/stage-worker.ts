/** A worker on the stage: `drakkar run` in a process of its own, watched from outside. */
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { join } from 'node:path'
import { startWorkerProcess, type WorkerProcess } from '../../support/worker-process.ts'
import { programFolder } from '../places.ts'
import { descendantsOf, isAlive, openDescriptors, residentBytes, zombiesOf, type ProcessFacts } from './processes.ts'

const sampleEveryMs = 200

/** How workers are started. */
export interface WorkerLaunch {
  /** A command that replaces itself by the worker: `['prlimit', '--nofile=64']`. */
  readonly through?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** How this one finds the broker, instead of the scenario's way. */
  readonly way?: 'direct' | 'proxy'
  /** Sections of the configuration for this one, over the scenario's. */
  readonly config?: Readonly<Record<string, unknown>>
}

export interface StageWorkerOptions {
  readonly through?: readonly string[]
  readonly configFile: string
  readonly logFile: string
  readonly env: Readonly<Record<string, string>>
}

export interface LogLine {
  readonly event: string
  readonly [field: string]: unknown
}

export interface Ending {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** What a quiet worker holds. */
export interface Holdings {
  readonly descriptors: number
  readonly timers: number
}

export class StageWorker {
  readonly #process: WorkerProcess
  readonly #logFile: string
  readonly exited: Promise<Ending>
  /** Resident memory in bytes, with the time of the look in Unix milliseconds. */
  readonly memory: { readonly atMs: number; readonly bytes: number }[] = []
  #calls = 0
  #isFrozen = false

  constructor({ configFile, logFile, through, env }: StageWorkerOptions) {
    const probe = join(programFolder, 'probe.mjs')
    this.#logFile = logFile
    this.#process = startWorkerProcess(['--config', configFile, '--handler', join(programFolder, 'handler.mjs')], env, {
      ...(through !== undefined && { through }),
      nodeArgs: ['--import', probe],
      channel: true,
    })
    this.exited = this.#process.exited
    // A worker that is gone cannot be told anything; who asks it learns so from the missing answer.
    this.#process.child.on('error', () => undefined)
    void this.#sample()
  }

  get pid(): number {
    return this.#process.child.pid ?? 0
  }

  get isRunning(): boolean {
    const { exitCode, signalCode } = this.#process.child
    return exitCode === null && signalCode === null
  }

  get isFrozen(): boolean {
    return this.#isFrozen
  }

  signal(signal: NodeJS.Signals): void {
    if (signal === 'SIGSTOP') this.#isFrozen = true
    if (signal === 'SIGCONT') this.#isFrozen = false
    this.#process.child.kill(signal)
  }

  /** SIGKILL. Resolves, when it is gone, with how many of its processes were still alive 5 s later: none may be. */
  async kill(): Promise<number> {
    const family = await descendantsOf(this.pid)
    this.signal('SIGKILL')
    await this.exited
    return survivors(family, 5000)
  }

  /** SIGTERM. Resolves with how it ended; `SIGKILL` when it did not within the time. */
  async stop(withinMs = 40_000): Promise<Ending> {
    if (this.#isFrozen) this.signal('SIGCONT')
    this.signal('SIGTERM')
    const timer = setTimeout(() => this.signal('SIGKILL'), withinMs)
    const ending = await this.exited
    clearTimeout(timer)
    return ending
  }

  /** Moves its wall clock. */
  async jumpClock(byMs: number): Promise<void> {
    await this.#ask({ command: 'jump', byMs })
  }

  /** Keeps its main loop busy; resolves when it is over. */
  async blockLoop(forMs: number): Promise<void> {
    await this.#ask({ command: 'block', forMs })
  }

  /** To be asked when it has nothing to do. */
  async holdings(): Promise<Holdings> {
    const resources = (await this.#ask({ command: 'resources' })) as Readonly<Record<string, number>>
    return { descriptors: await openDescriptors(this.pid), timers: resources['Timeout'] ?? 0 }
  }

  zombies(): Promise<number> {
    return zombiesOf(this.pid)
  }

  /** Its lines so far, a last half one left out. */
  log(): readonly LogLine[] {
    return this.#logText().split('\n').slice(0, -1).flatMap(parseLine)
  }

  /** Lines with this event, e.g. `log_error`. */
  logged(event: string): readonly LogLine[] {
    return this.log().filter((line) => line.event === event)
  }

  /** For errors: what it said last. */
  lastWords(): string {
    return `${this.#process.stderr()}\n${this.#logText().slice(-3000)}`
  }

  #logText(): string {
    try {
      return readFileSync(this.#logFile, 'utf8')
    } catch {
      return ''
    }
  }

  async #ask(request: Readonly<Record<string, unknown>>): Promise<unknown> {
    this.#calls += 1
    const call = this.#calls
    const { child } = this.#process
    child.send({ id: call, ...request })
    for (;;) {
      const answers = once(child, 'message') as Promise<[{ readonly id: number; readonly answer: unknown }]>
      const ended = this.exited.then(() => Promise.reject(new Error(`the worker ended: ${this.lastWords()}`)))
      const [{ id, answer }] = await Promise.race([answers, ended])
      if (id === call) return answer
    }
  }

  async #sample(): Promise<void> {
    while (this.isRunning) {
      const bytes = await residentBytes(this.pid)
      if (bytes > 0) this.memory.push({ atMs: Date.now(), bytes })
      await sleep(sampleEveryMs, undefined, { ref: false })
    }
  }
}

/** How many are still alive when the time is over; as soon as none is, 0. */
export async function survivors(family: readonly ProcessFacts[], withinMs: number): Promise<number> {
  const deadline = performance.now() + withinMs
  for (;;) {
    const alive = (await Promise.all(family.map(isAlive))).filter(Boolean).length
    if (alive === 0 || performance.now() > deadline) return alive
    await sleep(50)
  }
}

function parseLine(text: string): readonly LogLine[] {
  try {
    return [JSON.parse(text) as LogLine]
  } catch {
    return []
  }
}

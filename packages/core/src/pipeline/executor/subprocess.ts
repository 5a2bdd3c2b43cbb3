/**
 * The `Spawner` on `node:child_process`: one process per command, in its own group, without a shell.
 *
 * Node reports start failures in two ways (some throw, some arrive as `error`) and ends in two (`exit`, then `close`
 * when the last holder of a pipe is gone); here both funnels end in one promise each, settled once.
 */
import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process'
import type { Readable } from 'node:stream'
import { OutputCollector } from './output-collector.ts'
import { endLeaderlessGroup, hasProcessGroups, signalGroup } from './process-group.ts'
import type { ProcessCommand, ProcessEnd, RunningProcess, Spawner } from './spawner.ts'

export interface NodeSpawnerOptions {
  /** How long a descendant may keep the output open after the program has ended (EXE-15). */
  readonly lingerMs?: number
}

export function createNodeSpawner(options: NodeSpawnerOptions = {}): Spawner {
  const lingerMs = options.lingerMs ?? 250
  return {
    spawn: (command) =>
      new Promise((resolve, reject) => {
        // What throws here (E2BIG, a NUL byte, ENOMEM) rejects the promise as well.
        const child = spawn(command.file, [...command.args], spawnOptions(command))
        child.on('error', reject)
        if (child.pid === undefined) releaseStreams(child)
        else resolve(new NodeProcess(child, { command, pid: child.pid, lingerMs }))
      }),
  }
}

function spawnOptions(command: ProcessCommand): SpawnOptions {
  return {
    env: command.env,
    detached: hasProcessGroups,
    shell: false,
    windowsHide: true,
    stdio: [command.stdin === null ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  }
}

/** The child may have no streams at all: out of descriptors, Node gives up before it makes them. */
function releaseStreams(child: ChildProcess): void {
  for (const stream of [child.stdin, child.stdout, child.stderr]) {
    stream?.on('error', ignoreBrokenPipe)
    stream?.destroy()
  }
}

/** A child need not read its stdin (EXE-4), and a pipe destroyed at the end may report it: the exit status decides. */
function ignoreBrokenPipe(): void {}

interface NodeProcessOptions {
  readonly command: ProcessCommand
  readonly pid: number
  readonly lingerMs: number
}

class NodeProcess implements RunningProcess {
  readonly pid: number
  readonly ended: Promise<ProcessEnd>
  readonly #child: ChildProcess
  readonly #lingerMs: number
  readonly #stdout: OutputCollector
  readonly #stderr: OutputCollector
  #resolve: (end: ProcessEnd) => void = () => {}
  #exit: { readonly code: number | null; readonly signal: string | null } | null = null
  #lingerTimer: NodeJS.Timeout | undefined
  #hasOverflowed = false
  #isFinished = false

  constructor(child: ChildProcess, options: NodeProcessOptions) {
    this.#child = child
    this.pid = options.pid
    this.#lingerMs = options.lingerMs
    this.ended = new Promise((resolve) => {
      this.#resolve = resolve
    })
    this.#stdout = this.#collect(child.stdout, options.command)
    this.#stderr = this.#collect(child.stderr, options.command)
    child.on('exit', (code, signal) => this.#exited(code, signal))
    child.on('close', () => this.#finish(false))
    this.#feed(options.command.stdin)
  }

  kill(signal: 'SIGTERM' | 'SIGKILL'): boolean {
    return this.#exit === null && !this.#isFinished && signalGroup(this.pid, signal)
  }

  abandon(): void {
    this.#finish(false)
  }

  #collect(stream: Readable | null, command: ProcessCommand): OutputCollector {
    const collector = new OutputCollector(command.maxOutputBytes)
    stream?.on('error', ignoreBrokenPipe)
    stream?.on('data', (chunk: Buffer) => {
      collector.add(chunk)
      if (collector.isTruncated && command.overflow === 'fail' && !this.#hasOverflowed) this.#overflow()
    })
    return collector
  }

  #overflow(): void {
    this.#hasOverflowed = true
    this.kill('SIGKILL')
  }

  /** One write for everything: the socket hands it on as the child reads, while both outputs are being read. */
  #feed(stdin: string | Uint8Array | null): void {
    if (stdin === null || this.#child.stdin === null) return
    this.#child.stdin.on('error', ignoreBrokenPipe)
    this.#child.stdin.end(stdin)
  }

  #exited(code: number | null, signal: string | null): void {
    this.#exit = { code, signal }
    // A busy loop runs timers before it reads: what the program itself wrote is read in the turn before `setImmediate`.
    this.#lingerTimer = setTimeout(() => setImmediate(() => this.#finish(true)), this.#lingerMs)
  }

  #finish(outputHeldOpen: boolean): void {
    if (this.#isFinished) return
    this.#isFinished = true
    clearTimeout(this.#lingerTimer)
    releaseStreams(this.#child)
    const groupEnd = this.#exit === null ? Promise.resolve(false) : endLeaderlessGroup(this.pid)
    groupEnd.then(
      (isGone) => this.#resolve(this.#describeEnd(outputHeldOpen, isGone)),
      () => this.#resolve(this.#describeEnd(outputHeldOpen, false)),
    )
  }

  #describeEnd(outputHeldOpen: boolean, isGroupGone: boolean): ProcessEnd {
    return {
      exitCode: this.#exit?.code ?? null,
      signal: this.#exit?.signal ?? null,
      stdout: this.#stdout.bytes(),
      stderr: this.#stderr.bytes(),
      truncated: { stdout: this.#stdout.isTruncated, stderr: this.#stderr.isTruncated },
      overflowed: this.#hasOverflowed,
      outputHeldOpen,
      groupSurvived: !isGroupGone,
    }
  }
}

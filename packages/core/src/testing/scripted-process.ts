/** A process that never was: a test says what it prints and how it ends; time-outs and kills work on it as on a real one. */
import type { Clock } from '@drakkar/plugin-sdk'
import type { ProcessCommand, ProcessEnd, RunningProcess } from '../pipeline/executor/spawner.ts'

/** What an external program does. */
export interface ProgramRun {
  readonly stdout?: string | Uint8Array
  readonly stderr?: string | Uint8Array
  /** Default 0. */
  readonly exitCode?: number
  /** A signal that somebody else ends it with, e.g. `SIGSEGV`. */
  readonly signal?: string
  /** Virtual time it takes; `Infinity`: it does not end by itself. Default 0. */
  readonly seconds?: number
  /** It cannot be started: the system's code, e.g. `ENOENT`. */
  readonly startError?: string
}

export class ScriptedProcess implements RunningProcess {
  readonly pid: number
  readonly ended: Promise<ProcessEnd>
  readonly #run: ProgramRun
  readonly #command: ProcessCommand
  readonly #stop = new AbortController()
  #resolve: (end: ProcessEnd) => void = () => undefined
  #hasEnded = false

  constructor(pid: number, { run, command, clock }: { readonly run: ProgramRun; readonly command: ProcessCommand; readonly clock: Clock }) {
    this.pid = pid
    this.#run = run
    this.#command = command
    this.ended = new Promise((resolve) => {
      this.#resolve = resolve
    })
    const { seconds = 0, exitCode = 0, signal = null } = run
    const end = (): void => this.#end(signal === null ? { exitCode, signal } : { exitCode: null, signal })
    if (seconds === 0) end()
    else void clock.sleep(seconds * 1000, this.#stop.signal).then(end)
  }

  kill(signal: 'SIGTERM' | 'SIGKILL'): boolean {
    if (this.#hasEnded) return false
    this.#end({ exitCode: null, signal })
    this.#stop.abort()
    return true
  }

  abandon(): void {
    this.kill('SIGKILL')
  }

  #end(how: Pick<ProcessEnd, 'exitCode' | 'signal'>): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    const { maxOutputBytes, overflow } = this.#command
    const [stdout, stderr] = [bytesOf(this.#run.stdout), bytesOf(this.#run.stderr)]
    const truncated = { stdout: stdout.length > maxOutputBytes, stderr: stderr.length > maxOutputBytes }
    const overflowed = overflow === 'fail' && (truncated.stdout || truncated.stderr)
    this.#resolve({
      ...(overflowed ? { exitCode: null, signal: 'SIGKILL' } : how),
      stdout: stdout.subarray(0, maxOutputBytes),
      stderr: stderr.subarray(0, maxOutputBytes),
      truncated,
      overflowed,
      outputHeldOpen: false,
      groupSurvived: false,
    })
  }
}

function bytesOf(output: string | Uint8Array = ''): Uint8Array {
  return typeof output === 'string' ? Buffer.from(output) : output
}

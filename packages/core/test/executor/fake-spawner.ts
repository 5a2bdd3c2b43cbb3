/** A `Spawner` without processes: the test decides what each spawn does and when each program ends. */
import type { ProcessCommand, ProcessEnd, RunningProcess, Spawner } from '../../src/pipeline/executor/spawner.ts'

export class FakeProcess implements RunningProcess {
  readonly pid: number
  readonly command: ProcessCommand
  readonly signals: string[] = []
  readonly ended: Promise<ProcessEnd>
  /** False: SIGTERM is ignored. */
  endsOnTerm = true
  /** False: not even SIGKILL ends it. */
  endsOnKill = true
  isAbandoned = false
  isEnded = false
  #resolve: (end: ProcessEnd) => void = () => {}

  constructor(pid: number, command: ProcessCommand) {
    this.pid = pid
    this.command = command
    this.ended = new Promise((resolve) => {
      this.#resolve = resolve
    })
  }

  end(changes: Partial<ProcessEnd> = {}): void {
    if (this.isEnded) return
    this.isEnded = true
    this.#resolve({
      exitCode: 0,
      signal: null,
      stdout: new Uint8Array(0),
      stderr: new Uint8Array(0),
      truncated: { stdout: false, stderr: false },
      overflowed: false,
      outputHeldOpen: false,
      groupSurvived: false,
      ...changes,
    })
  }

  kill(signal: 'SIGTERM' | 'SIGKILL'): boolean {
    if (this.isEnded) return false
    this.signals.push(signal)
    const isEffective = signal === 'SIGTERM' ? this.endsOnTerm : this.endsOnKill
    if (isEffective) this.end({ exitCode: null, signal })
    return true
  }

  abandon(): void {
    this.isAbandoned = true
    this.end({ exitCode: null, groupSurvived: true })
  }
}

export class FakeSpawner implements Spawner {
  readonly processes: FakeProcess[] = []
  /** Codes with which the next spawns fail, in order; null: the spawn succeeds. */
  readonly failures: (string | null)[] = []
  /** Told of every spawn before it happens. */
  onSpawn: (command: ProcessCommand) => void = () => {}

  get running(): FakeProcess[] {
    return this.processes.filter((process) => !process.isEnded)
  }

  spawn(command: ProcessCommand): Promise<RunningProcess> {
    this.onSpawn(command)
    const code = this.failures.shift() ?? null
    if (code !== null) return Promise.reject(Object.assign(new Error(`spawn ${code}`), { code }))
    const process = new FakeProcess(1000 + this.processes.length, command)
    this.processes.push(process)
    return Promise.resolve(process)
  }
}

/** Deadline and cancellation of one running process: SIGTERM, grace, SIGKILL (EXE-11…14). */
import type { Clock } from '@drakkar/plugin-sdk'
import type { Cancellation } from './cancellation.ts'
import type { ProcessEnd, RunningProcess } from './spawner.ts'
import { startTimer } from './timer.ts'

/** Why we ended the process; null when it ended by itself. */
export type StopReason = 'timeout' | 'cancelled' | null

export interface SuperviseOptions {
  readonly timeoutMs: number
  /** 0: SIGKILL at once. */
  readonly graceMs: number
  /** How long a process may outlive SIGKILL (uninterruptible sleep) before its task is settled without it. */
  readonly abandonMs: number
  readonly clock: Clock
  readonly cancellation: Cancellation
}

export interface SupervisedEnd {
  readonly end: ProcessEnd
  readonly stopReason: StopReason
}

/** Resolves when the process and its group are gone. Never rejects. */
export async function superviseProcess(running: RunningProcess, options: SuperviseOptions): Promise<SupervisedEnd> {
  let stopReason: StopReason = null
  let cancelTimer = startTimer(options.clock, options.timeoutMs, () => stop('timeout'))

  function stop(reason: 'timeout' | 'cancelled'): void {
    if (stopReason !== null) return
    const isGentle = options.graceMs > 0
    // False: it ended between the decision and the kill, so its own exit counts (EXE-14).
    if (!running.kill(isGentle ? 'SIGTERM' : 'SIGKILL')) return
    stopReason = reason
    cancelTimer()
    cancelTimer = isGentle ? startTimer(options.clock, options.graceMs, force) : awaitDeath()
  }

  function force(): void {
    if (running.kill('SIGKILL')) cancelTimer = awaitDeath()
  }

  function awaitDeath(): () => void {
    return startTimer(options.clock, options.abandonMs, () => running.abandon())
  }

  options.cancellation.listen(() => stop('cancelled'))
  const end = await running.ended
  cancelTimer()
  options.cancellation.listen(null)
  return { end, stopReason }
}

/** `executor.hook_timeout_seconds`: a hook call that does not settle in time counts as a throw (spec HND-34). */
import { type Clock, DrakkarError } from '@drakkar/plugin-sdk'
import { startTimer } from '../executor/timer.ts'

export interface HookLimit {
  readonly timeoutMs: number
  readonly clock: Clock
}

/** Null: hooks may take as long as they want. */
export function hookLimit(seconds: number | null, clock: Clock): HookLimit | null {
  return seconds === null ? null : { timeoutMs: seconds * 1000, clock }
}

/** Rejects with `DRK_HOOK_TIMEOUT` when the call takes too long; what it comes to later is ignored. The call itself goes on. */
export function withinHookLimit<T>(call: Promise<T>, hook: string, { timeoutMs, clock }: HookLimit): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = startTimer(clock, timeoutMs, () => reject(hookTimeout(hook, timeoutMs)))
    call.finally(cancel).then(resolve, reject)
  })
}

function hookTimeout(hook: string, timeoutMs: number): DrakkarError {
  return new DrakkarError({
    code: 'DRK_HOOK_TIMEOUT',
    message: `${hook} has not settled within ${timeoutMs / 1000} s (executor.hook_timeout_seconds)`,
  })
}

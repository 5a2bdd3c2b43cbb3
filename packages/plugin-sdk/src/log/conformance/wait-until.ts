/**
 * Waiting for a condition, with a deadline that is only there to end a hang: a suite that waits this way is as fast as
 * the log under test and does not depend on how busy the machine is.
 */

/** Between two looks at the condition. */
const intervalMs = 5

export interface WaitOptions {
  /** What is waited for; named in the error. */
  readonly what: string
  readonly deadlineMs: number
  /** State to show in the error. */
  readonly describe?: () => string
}

/** Resolves when `condition` holds. Rejects at the deadline, or with what `condition` throws. */
export async function waitUntil(condition: () => boolean | Promise<boolean>, options: WaitOptions): Promise<void> {
  const endMs = performance.now() + options.deadlineMs
  while (!(await condition())) {
    if (performance.now() > endMs) throw new Error(timeoutMessage(options))
    await new Promise((resolve) => setTimeout(resolve, intervalMs))
  }
}

/** Resolves and rejects as `work` does; rejects at the deadline. */
export async function withDeadline<T>(work: Promise<T>, options: WaitOptions): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(timeoutMessage(options))), options.deadlineMs)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

function timeoutMessage(options: WaitOptions): string {
  const state = options.describe === undefined ? '' : `; ${options.describe()}`
  return `not within ${options.deadlineMs} ms: ${options.what}${state}`
}

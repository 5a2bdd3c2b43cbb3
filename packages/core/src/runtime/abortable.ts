/** Waits for a promise no longer than a signal allows; the work itself goes on. */

/** Rejects with the signal's reason when it aborts first. */
export async function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let onAbort = (): void => undefined
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason instanceof Error ? signal.reason : new Error('aborted', { cause: signal.reason }))
    if (signal.aborted) onAbort()
    else signal.addEventListener('abort', onAbort, { once: true })
  })
  try {
    return await Promise.race([aborted, work])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}

/** As `abortable`, for work that opens something: what arrives after its caller has left is released again. */
export async function acquire<T>(work: Promise<T>, signal: AbortSignal, release: (late: T) => Promise<void>): Promise<T> {
  try {
    return await abortable(work, signal)
  } catch (error) {
    // A failure of work nobody waits for any more has nobody to be told to.
    if (signal.aborted) work.then(release).catch(() => undefined)
    throw error
  }
}

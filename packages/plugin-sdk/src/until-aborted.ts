/** Waits for a promise, no longer than a signal allows: rejects with the signal's reason. The work itself goes on. */
export async function untilAborted<R>(work: Promise<R>, signal: AbortSignal): Promise<R> {
  let stop = (): void => {}
  const aborted = new Promise<never>((_resolve, reject) => {
    const onAbort = (): void => reject(signal.reason)
    stop = () => signal.removeEventListener('abort', onAbort)
    if (signal.aborted) onAbort()
    else signal.addEventListener('abort', onAbort, { once: true })
  })
  try {
    return await Promise.race([work, aborted])
  } finally {
    stop()
  }
}

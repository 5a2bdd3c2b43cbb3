/**
 * Lazy creation of something that is made once, such as a client. A failed attempt is not remembered.
 */

export interface Once<T> {
  /** Starts the work, or joins the attempt that is running, or gives what the successful one gave. */
  (): Promise<T>
  /** Forgets the result, so that the next call starts again. An attempt that is running still resolves for its callers. */
  reset(): void
}

/** Runs `start` at most once at a time and remembers its success; after a failure the next call tries again. */
export function once<T>(start: () => Promise<T> | T): Once<T> {
  let attempt: Promise<T> | undefined
  const call = (): Promise<T> => {
    if (attempt !== undefined) return attempt
    const mine = Promise.resolve().then(start)
    attempt = mine
    mine.catch(() => {
      if (attempt === mine) attempt = undefined
    })
    return mine
  }
  return Object.assign(call, {
    reset: () => {
      attempt = undefined
    },
  })
}

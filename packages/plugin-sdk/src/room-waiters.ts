/** Producers that wait for room in a queue, served in the order they came. */
interface Waiter<T> {
  readonly message: T
  settle(failure: Error | null): void
}

export class RoomWaiters<T> {
  readonly #waiters = new Set<Waiter<T>>()

  /** Resolves when `admit` has taken the message. Rejects with the signal's reason, or with what `refuse` was given. */
  wait(message: T, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const giveUp = (): void => waiter.settle(signal.reason)
      const waiter: Waiter<T> = {
        message,
        settle: (failure) => {
          this.#waiters.delete(waiter)
          signal.removeEventListener('abort', giveUp)
          if (failure === null) resolve()
          else reject(failure)
        },
      }
      signal.addEventListener('abort', giveUp, { once: true })
      this.#waiters.add(waiter)
    })
  }

  /** Hands messages to `accept` while `hasRoom` says so. */
  admit(hasRoom: () => boolean, accept: (message: T) => void): void {
    for (const waiter of this.#waiters) {
      if (!hasRoom()) return
      accept(waiter.message)
      waiter.settle(null)
    }
  }

  refuse(failure: Error): void {
    for (const waiter of this.#waiters) waiter.settle(failure)
  }
}

/** Producers that wait for room in a queue, served in the order they came. */
interface Waiter<T> {
  readonly message: T
  admitted(): void
  refused(reason: unknown): void
}

export class RoomWaiters<T> {
  readonly #waiters = new Set<Waiter<T>>()

  /** Resolves when `admit` has taken the message. Rejects with the signal's reason, or with what `refuse` was given. */
  wait(message: T, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.#waiters.delete(waiter)
        signal?.removeEventListener('abort', giveUp)
      }
      const waiter: Waiter<T> = {
        message,
        admitted() {
          leave()
          resolve()
        },
        refused(reason) {
          leave()
          reject(reason)
        },
      }
      const giveUp = (): void => waiter.refused(signal?.reason)
      signal?.addEventListener('abort', giveUp, { once: true })
      this.#waiters.add(waiter)
    })
  }

  /** Hands messages to `accept` while `hasRoom` says so. */
  admit(hasRoom: () => boolean, accept: (message: T) => void): void {
    for (const waiter of this.#waiters) {
      if (!hasRoom()) return
      accept(waiter.message)
      waiter.admitted()
    }
  }

  refuse(reason: Error): void {
    for (const waiter of this.#waiters) waiter.refused(reason)
  }
}

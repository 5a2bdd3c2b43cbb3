/**
 * Sends wait while one is under way and then go together, in the order of the calls. One request at a time keeps the
 * order of a partition even when kafkajs has to try again.
 */
import { createDeferred, type Deferred } from '../../runtime/deferred.ts'

interface WaitingSend<R, A> {
  readonly records: readonly R[]
  readonly answer: Deferred<readonly A[]>
}

export interface SendQueueOptions<R, A> {
  /** Stores the records and answers one by one, in order. */
  readonly send: (records: readonly R[]) => Promise<readonly A[]>
  /** Whether a failure of several sends that went together concerns each of them. */
  readonly isShared: (error: unknown) => boolean
}

export class SendQueue<R, A> {
  readonly #options: SendQueueOptions<R, A>
  #waiting: WaitingSend<R, A>[] = []
  #running: Promise<void> | null = null

  constructor(options: SendQueueOptions<R, A>) {
    this.#options = options
  }

  add(records: readonly R[]): Promise<readonly A[]> {
    const answer = createDeferred<readonly A[]>()
    this.#waiting.push({ records, answer })
    this.#running ??= this.#run()
    return answer.promise
  }

  /** Resolves when nothing waits and nothing is under way. */
  async idle(): Promise<void> {
    await this.#running
  }

  async #run(): Promise<void> {
    // Those who call in the same turn go together from the first request on.
    await Promise.resolve()
    while (this.#waiting.length > 0) {
      const group = this.#waiting
      this.#waiting = []
      await this.#sendGroup(group)
    }
    this.#running = null
  }

  async #sendGroup(group: readonly WaitingSend<R, A>[]): Promise<void> {
    try {
      const answers = await this.#options.send(group.flatMap(({ records }) => records))
      let position = 0
      for (const { records, answer } of group) {
        answer.resolve(answers.slice(position, position + records.length))
        position += records.length
      }
    } catch (error) {
      // One record the broker refuses must not fail the sends it happened to travel with.
      if (group.length > 1 && !this.#options.isShared(error)) for (const one of group) await this.#sendGroup([one])
      else for (const { answer } of group) answer.reject(error instanceof Error ? error : new Error(String(error)))
    }
  }
}

/** The end of one source message: `onMessageComplete` and its payloads, or the dead-letter log (spec HND-8, HND-26). */
import type { LogFields } from '@drakkar/plugin-sdk'
import type { AssignmentScope } from '../assignment-scope.ts'
import type { ManagedSink } from '../sinks/managed-sink.ts'
import type { RoutedGroup } from '../sinks/route.ts'
import { deliveryOrigin } from './delivery-origin.ts'
import type { MessageProgress } from './message-progress.ts'
import { deadLetterMessage } from './dead-letter-message.ts'

/** Why a message goes to the dead-letter log as a whole. */
export interface BurialReason {
  readonly stage: string
  readonly error: unknown
  readonly attempts: number
}

export class MessageEnd {
  readonly #scope: AssignmentScope
  readonly #onEnd: (progress: MessageProgress) => void

  /** `onEnd` is told once per message that everything that came of it by itself is settled. */
  constructor(scope: AssignmentScope, onEnd: (progress: MessageProgress) => void) {
    this.#scope = scope
    this.#onEnd = onEnd
  }

  /** Ends the message when all of its tasks have ended. May be called any number of times. */
  completeIfDone(progress: MessageProgress): void {
    const { shared, kill, work } = this.#scope
    if (kill.aborted || !progress.close()) return
    if (shared.hooks.hasMessageComplete) work.track(this.#complete(progress))
    else this.#onEnd(progress)
  }

  /** Sends the message to the dead-letter log; only that ends it from here on. */
  bury(progress: MessageProgress, why: BurialReason): void {
    progress.closeAsDead()
    this.#scope.shared.logger.warn('message_failed', { ...this.#place(progress), stage: why.stage, error: why.error })
    this.#scope.work.track(this.#deadLetter(progress, why))
  }

  async #complete(progress: MessageProgress): Promise<void> {
    const { hooks, sinks, clock } = this.#scope.shared
    let groups: readonly RoutedGroup<ManagedSink>[]
    try {
      groups = sinks.route(await hooks.messageComplete(progress.group(clock.now()), this.#scope.kill, progress.window))
    } catch (error) {
      if (this.#scope.kill.aborted) return
      progress.closeAsDead()
      this.#scope.shared.logger.error('on_message_complete_failed', { ...this.#place(progress), error })
      await this.#deadLetter(progress, { stage: 'on_message_complete', error, attempts: 1 })
      return
    }
    // A rejection of `deliver` is a defect of ours: the message must not settle.
    if (groups.length === 0 || (await sinks.deliver(groups, this.#origin(progress)))) this.#end(progress)
  }

  async #deadLetter(progress: MessageProgress, why: BurialReason): Promise<void> {
    if (await deadLetterMessage(this.#scope, progress.message, why)) this.#end(progress)
  }

  #end(progress: MessageProgress): void {
    if (!this.#scope.kill.aborted) this.#onEnd(progress)
  }

  #origin({ message, taskIds }: MessageProgress): ReturnType<typeof deliveryOrigin> {
    return deliveryOrigin(this.#scope, { messages: [message], taskIds, hook: 'on_message_complete', ordinal: '0' })
  }

  /** What log lines about a message say of it. */
  #place({ message, window }: MessageProgress): LogFields {
    const { partition, offset } = message
    return { partition, offset, window_id: window.id, message_label: this.#scope.shared.hooks.messageLabel(message) }
  }
}

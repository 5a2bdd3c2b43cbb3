/** Records of a window → messages → tasks: decoding and `arrange` (spec WIN-3). What fails goes to the dead-letter log by itself. */
import type { LogRecord } from '@drakkar/plugin-sdk/log'
import type { SourceMessage } from '../../model/message.ts'
import type { ExecutorTask } from '../../model/task.ts'
import type { AssignmentScope } from '../assignment-scope.ts'
import type { MessageEnd } from '../collect/message-end.ts'
import type { MessageProgress } from '../collect/message-progress.ts'
import { arrangeWindow } from './arrange.ts'
import type { Decoded } from './decode.ts'
import type { OpenWindow } from './open-window.ts'

export interface ArrangedWindow {
  /** What `arrange` took, in offset order. */
  readonly messages: readonly MessageProgress[]
  readonly tasks: readonly ExecutorTask[]
}

const nothing: ArrangedWindow = { messages: [], tasks: [] }

export class WindowIntake {
  readonly #scope: AssignmentScope
  readonly #messageEnd: MessageEnd

  constructor(scope: AssignmentScope, messageEnd: MessageEnd) {
    this.#scope = scope
    this.#messageEnd = messageEnd
  }

  /** Nothing when the window is not wanted any more: a stop waits for none of its hooks. Never rejects. */
  async arrange(window: OpenWindow, records: readonly LogRecord[]): Promise<ArrangedWindow> {
    const { shared, admission, book, open } = this.#scope
    const messages: SourceMessage[] = []
    for (const record of records) {
      const pending = shared.decoder.decode(record, admission)
      const decoded = pending instanceof Promise ? await pending : pending
      if (admission.aborted) return nothing
      this.#open(decoded, window, messages)
    }
    if (messages.length === 0) return nothing
    const call = { messages, pending: () => book.pending(), place: window, admission }
    const { tasks, poisoned, attempts } = await arrangeWindow(shared.arrange, call)
    if (admission.aborted) return nothing
    for (const { message, error } of poisoned) {
      const progress = open.get(message.offset)
      if (progress !== undefined) this.#messageEnd.bury(progress, { stage: 'arrange', error, attempts })
    }
    const arranged = messages.flatMap(({ offset }) => open.get(offset) ?? []).filter((progress) => !progress.isClosed)
    return { messages: arranged, tasks }
  }

  /** Opens the message's progress; an undecodable one goes its own way without holding up its neighbours. */
  #open(decoded: Decoded, window: OpenWindow, messages: SourceMessage[]): void {
    const { shared, open } = this.#scope
    const progress = open.open(decoded.message, window)
    if (decoded.ok) {
      messages.push(decoded.message)
      return
    }
    shared.stats.undecodable += 1
    if (shared.onInvalidMessage === 'pass') messages.push(decoded.message)
    else this.#messageEnd.bury(progress, { stage: 'deserialize', error: decoded.error, attempts: 1 })
  }
}

/** The smallest handler there is to test: one task per message, one payload per task. */
import { defineHandler, type SourceMessage, task } from '../../src/index.ts'
import type {} from '../support/record-sink.ts'

export const three = [{ value: 1 }, { value: 2 }, { value: 3 }]

export interface PlainOptions {
  readonly beforeArrange?: (messages: readonly SourceMessage[]) => void
}

/** Delivers `ran <payload>` to the sink `record`. */
export function plain({ beforeArrange }: PlainOptions = {}) {
  return defineHandler({
    arrange: (messages) => {
      beforeArrange?.(messages)
      return messages.map((message) =>
        task({ from: message, taskId: `t${message.partition}-${message.offset}`, metadata: { text: String(message.payload) } }),
      )
    },
    onTaskComplete: ({ task: { metadata } }) => ({ record: [{ data: `ran ${metadata.text}` }] }),
  })
}

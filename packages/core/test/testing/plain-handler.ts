/** The smallest handler there is to test: one task per message, one payload per task. */
import { defineHandler, task } from '../../src/index.ts'
import type {} from '../support/record-sink.ts'

/** Delivers `ran <payload>` to the sink `record`. */
export function plain() {
  return defineHandler({
    arrange: (messages) =>
      messages.map((message) =>
        task({ from: message, taskId: `t${message.partition}-${message.offset}`, metadata: { text: String(message.payload) } }),
      ),
    onTaskComplete: ({ task: { metadata } }) => ({ record: [{ data: `ran ${metadata.text}` }] }),
  })
}

// handler.mjs
import { defineHandler, task } from '@drakkar/core'
import { Type } from 'typebox'

export default defineHandler({
  // One message: {"text": "…"}. Anything else goes to the dead-letter topic.
  input: Type.Object({ text: Type.String() }),

  // Messages become runs of the program …
  arrange: (messages) => messages.map((message) => task({ from: message, args: ['-w'], stdin: message.payload.text })),

  // … and what it prints becomes payloads for sinks.
  onTaskComplete: (result) => ({ file_line: [{ data: `${result.stdout.trim()} words` }] }),
})

import { defineHandler, ErrorAction, task } from '@drakkar/core'
import { Type } from 'typebox'

/** Exit code of the program for "try again". */
const busy = 75

export default defineHandler({
  input: Type.Object({ text: Type.String() }),
  arrange: (messages) => messages.map((message) => task({ from: message, args: ['-w'], stdin: message.payload.text })),
  onTaskComplete: (result) => ({ file_line: [{ data: `${result.stdout.trim()} words` }] }),
  onError: (_task, error) => (error.exitCode === busy ? ErrorAction.RETRY : ErrorAction.DLQ),
})

// One message, one run of wc, one event.
import { defineHandler, task } from '@drakkar/core'
import { Type } from 'typebox'

export default defineHandler({
  input: Type.Object({ text: Type.String() }),
  arrange: (messages) => messages.map((message) => task({ from: message, args: ['-m'], stdin: message.payload.text })),
  onTaskComplete: (result) => ({ signed_webhook: [{ type: 'text.counted', data: { characters: Number(result.stdout) } }] }),
})

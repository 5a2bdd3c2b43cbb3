// The handler of all fault scenarios: one task for each message, which does what the message says. What is delivered names the message
// and gives back its text, so that the oracle can compare it byte for byte.
import { fileURLToPath } from 'node:url'
import { defineHandler, task } from '@drakkar/core'

const program = fileURLToPath(new URL('./task.sh', import.meta.url))

export default defineHandler({
  arrange: (messages) => messages.map((message) => taskFor(message)),

  onTaskComplete: ({ task: { metadata }, stdout }) => ({
    kafka: [{ key: metadata.at, data: { id: metadata.id, at: metadata.at, text: firstLine(stdout) } }],
  }),
})

function taskFor(message) {
  const { id, mode, seconds, text } = message.payload
  const at = `${message.partition}/${message.offset}`
  const metadata = { id, at }
  if (mode === 'precomputed') return task({ from: message, precomputed: { stdout: `${text}\n` }, metadata })
  return task({ from: message, binaryPath: '/bin/sh', args: [program, mode, String(seconds), at], stdin: `${text}\n`, metadata })
}

function firstLine(text) {
  const end = text.indexOf('\n')
  return end < 0 ? text : text.slice(0, end)
}

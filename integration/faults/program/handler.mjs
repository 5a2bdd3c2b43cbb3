// The handler of all fault scenarios: one task for each message, which does what the message says. What is delivered names the message
// and gives back its text, so that the oracle can compare it byte for byte.
import { fileURLToPath } from 'node:url'
import { defineHandler, task } from '@drakkar/core'

const program = fileURLToPath(new URL('./task.sh', import.meta.url))

/** The configured binary runs the tasks, and not the shell. */
const usesConfiguredBinary = process.env['FAULT_BINARY'] === 'configured'
/** Results go to this file of the file sink, and not to the topic. */
const resultsFile = process.env['FAULT_RESULTS_FILE']

const tasklessModes = new Set(['precomputed', 'path_up', 'path_absolute', 'path_nul', 'path_link'])
const triedAgain = new Set(['crash', 'exit137', 'killed', 'starved', 'flaky', 'nul', 'too_long'])
const megabyte = 2 ** 20

export default defineHandler({
  arrange: (messages) => {
    if (messages.some(({ payload }) => payload.mode === 'arrange_throws')) throw new Error('arrange throws, as it was told')
    if (messages.some(({ payload }) => payload.mode === 'arrange_hangs')) return forever()
    return messages.map((message) => taskFor(message))
  },

  onTaskComplete: ({ task: { metadata }, stdout }) => {
    const { mode, id, at } = metadata
    if (mode === 'complete_throws') throw new Error('on_task_complete throws, as it was told')
    if (mode === 'complete_hangs') return forever()
    const data = { id, at, text: firstLine(stdout) }
    if (mode === 'complete_astray') return { kafka: [{ sink: 'nowhere', data }] }
    if (resultsFile !== undefined) return { files: [{ path: pathFor(mode), data }] }
    // The key of the message, so that the order of a key shows in the topic of results.
    return { kafka: [{ key: metadata.key, data }] }
  },

  onError: (failed) => (triedAgain.has(failed.metadata.mode) ? 'RETRY' : 'DLQ'),
})

function taskFor(message) {
  const { id, mode, seconds, text } = message.payload
  const at = `${message.partition}/${message.offset}`
  const metadata = { id, at, mode, key: message.key }
  if (tasklessModes.has(mode)) return task({ from: message, precomputed: { stdout: `${text}\n` }, metadata })
  const args = [program, mode, String(seconds), at, ...textFor(mode, text)]
  const stdin = mode === 'deaf' || mode.startsWith('early') ? 'x'.repeat(megabyte) : `${text}\n`
  return task({ from: message, ...(!usesConfiguredBinary && { binaryPath: '/bin/sh' }), args, stdin, metadata })
}

/** What the program cannot read from its stdin, or what no program can be given. */
function textFor(mode, text) {
  if (mode === 'nul') return ['before\0after']
  if (mode === 'too_long') return ['x'.repeat(3 * megabyte)]
  return mode === 'deaf' || mode === 'early' ? [text] : []
}

function pathFor(mode) {
  switch (mode) {
    case 'path_up':
      return '../outside.ndjson'
    case 'path_absolute':
      return '/tmp/drakkar-fault-outside.ndjson'
    case 'path_nul':
      return `${resultsFile}\0.txt`
    case 'path_link':
      return 'link/outside.ndjson'
    default:
      return resultsFile
  }
}

function forever() {
  return new Promise(() => undefined)
}

function firstLine(text) {
  const end = text.indexOf('\n')
  return end < 0 ? text : text.slice(0, end)
}

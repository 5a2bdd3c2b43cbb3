/** `node drakkar-processes.js CONFIG MESSAGES`: embedded log → one process per message → null sink. */
import { defineHandler, task } from '@drakkar/core'
import '@drakkar/sink-debug'
import { runWorker } from './run-worker.ts'
import { publish } from './stopwatch.ts'

const [configPath = '', messages = ''] = process.argv.slice(2)

const handler = defineHandler({
  arrange: (received) => received.map((message) => task({ from: message })),
  onTaskComplete: ({ exitCode }) => ({ null: [{ data: exitCode }] }),
})

publish(await runWorker({ handler, configPath, messages: Number(messages) }))

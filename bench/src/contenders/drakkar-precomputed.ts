/** `node drakkar-precomputed.js CONFIG MESSAGES`: Kafka → precomputed task → Kafka sink. */
import { defineHandler, task } from '@drakkar/core'
import '@drakkar/sink-kafka'
import { runWorker } from './run-worker.ts'
import { publish } from './stopwatch.ts'

const [configPath = '', messages = ''] = process.argv.slice(2)
const precomputed = { stdout: '' }

const handler = defineHandler({
  arrange: (received) =>
    received.map((message) => task({ from: message, precomputed, metadata: { key: message.key, value: message.payload } })),
  onTaskComplete: ({ task: { metadata } }) => ({ kafka: [{ key: metadata.key, data: metadata.value }] }),
})

publish(await runWorker({ handler, configPath, messages: Number(messages) }))

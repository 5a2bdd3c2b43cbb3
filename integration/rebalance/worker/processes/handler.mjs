// One process per message: it names itself in the ledger that all workers share, takes its time, and prints the message's place.
import { defineHandler, task } from '@drakkar/core'

const script = 'echo "$LAB_WORKER $1" >> "$LAB_LEDGER"; sleep 0.1; echo "$1"'

export default defineHandler({
  arrange: (messages) =>
    messages.map((message) => {
      const id = `${message.partition}/${message.offset}`
      return task({ from: message, binaryPath: '/bin/sh', args: ['-c', script, 'sh', id], metadata: { id } })
    }),

  onTaskComplete: (result) => ({ kafka: [{ data: { id: result.stdout.trim() }, key: result.task.metadata.id }] }),
})

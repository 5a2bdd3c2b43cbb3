/** Where log lines go: `logging.output` is `stderr`, `stdout` or a file path with placeholders (spec CFG-42, LOG-1). */
import { mkdirSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { pino, type DestinationStream } from 'pino'
import type { WorkerIdentity } from '@drakkar/plugin-sdk'

export interface LogDestination {
  readonly stream: DestinationStream
  /** Writes out what is buffered. */
  close(): void
}

/** Opens the destination. A file's folder is created; called once, before anything runs. */
export function openLogDestination(output: string, worker: WorkerIdentity): LogDestination {
  const stream = pino.destination(destinationOptions(output, worker))
  return { stream, close: () => stream.flushSync() }
}

function destinationOptions(output: string, worker: WorkerIdentity): { dest: number | string; sync: boolean } {
  if (output === 'stderr') return { dest: 2, sync: true }
  if (output === 'stdout') return { dest: 1, sync: true }
  const path = resolve(output.replaceAll('{worker_id}', worker.workerId).replaceAll('{cluster_name}', worker.clusterName))
  mkdirSync(dirname(path), { recursive: true })
  return { dest: path, sync: true }
}

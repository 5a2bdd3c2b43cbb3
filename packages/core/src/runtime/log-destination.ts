/** Where log lines go and how they look: `logging.output` and `logging.format` (spec CFG-42, LOG-1). */
import { mkdirSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { pino, type DestinationStream } from 'pino'
import type { WorkerIdentity } from '@drakkar/plugin-sdk'
import type { LoggingConfig } from '../config/schema.ts'

export interface LogDestination {
  readonly stream: DestinationStream
  /** Writes out what is buffered. */
  close(): void
}

/** Opens the destination. A file's folder is created; called once, before anything runs. */
export function openLogDestination(logging: Pick<LoggingConfig, 'output' | 'format'>, worker: WorkerIdentity): LogDestination {
  const stream = pino.destination({ dest: destinationOf(logging.output, worker), sync: true })
  const close = (): void => stream.flushSync()
  if (logging.format === 'json') return { stream, close }
  return { stream: { write: (line) => void stream.write(consoleLine(line)) }, close }
}

function destinationOf(output: string, worker: WorkerIdentity): number | string {
  if (output === 'stderr') return 2
  if (output === 'stdout') return 1
  const path = resolve(output.replaceAll('{worker_id}', worker.workerId).replaceAll('{cluster_name}', worker.clusterName))
  mkdirSync(dirname(path), { recursive: true })
  return path
}

const leftOut: ReadonlySet<string> = new Set([
  'timestamp',
  'level',
  'event',
  'category',
  'service_name',
  'service_version',
  'worker_id',
  'cluster_name',
  'consumer_group',
])

/** One JSON line as people read it: time, level, event, then the fields. */
export function consoleLine(line: string): string {
  const fields: unknown = JSON.parse(line)
  if (typeof fields !== 'object' || fields === null) return line
  const of = (name: string): string => String(Reflect.get(fields, name) ?? '')
  const rest = Object.entries(fields)
    .filter(([name]) => !leftOut.has(name))
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
  return `${[of('timestamp').slice(11, 23), of('level').toUpperCase().padEnd(8), of('event'), ...rest].join(' ')}\n`
}

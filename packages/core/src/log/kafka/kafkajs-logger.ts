/** kafkajs writes JSON to standard output by default; here its lines become ours, without credentials. */
import { errorMessage, redactText, type LogFields, type Logger } from '@drakkar/plugin-sdk'
import kafkajs from 'kafkajs'
import type { LogEntry, logCreator } from 'kafkajs'

import { RepeatFilter } from './repeat-filter.ts'

const repeatAfterMs = 10_000
const passedFields = ['broker', 'clientId', 'groupId', 'memberId', 'topic', 'partition', 'retryCount', 'retryTime'] as const

/**
 * kafkajs calls an error what it then tries again, so its errors are our warnings; the adapter reports what is final
 * through the listener. Everything below its warnings goes to debug. The same message passes every ten seconds.
 */
export function kafkajsLogCreator(logger: Logger): logCreator {
  const filter = new RepeatFilter(repeatAfterMs)
  return () => (entry) => {
    const repeats = filter.pass(`${entry.namespace} ${entry.log.message}`)
    if (repeats === null) return
    const level = entry.level <= kafkajs.logLevel.WARN ? 'warn' : 'debug'
    logger[level]('kafka_client', repeats === 0 ? kafkajsFields(entry) : { ...kafkajsFields(entry), repeats })
  }
}

/** Pure: the fields of a line. Objects are left out, they may hold a whole configuration. */
export function kafkajsFields(entry: LogEntry): LogFields {
  const fields: Record<string, unknown> = { namespace: entry.namespace, message: redactText(entry.log.message) }
  for (const name of passedFields) {
    const value: unknown = entry.log[name]
    if (typeof value === 'string' || typeof value === 'number') fields[snakeCase(name)] = value
  }
  const error: unknown = entry.log['error']
  if (error !== undefined) fields['error'] = redactText(errorMessage(error))
  return fields
}

function snakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

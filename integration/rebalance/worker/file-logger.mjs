/** The worker's log and that of its Kafka client in one file, one line each, written before the worker goes on. */
import { openSync, writeSync } from 'node:fs'

export function fileLogger(path) {
  return loggerOn(openSync(path, 'a'), {})
}

function loggerOn(file, bound) {
  const write =
    (level) =>
    (event, fields = {}) => {
      writeSync(file, `${JSON.stringify({ at: new Date().toISOString(), level, event, ...bound, ...fields }, plainErrors)}\n`)
    }
  const levels = { info: write('info'), warn: write('warn'), error: write('error'), critical: write('critical') }
  return { debug: () => undefined, ...levels, child: (fields) => loggerOn(file, { ...bound, ...fields }) }
}

function plainErrors(_key, value) {
  return value instanceof Error ? { name: value.name, message: value.message, code: value.code } : value
}

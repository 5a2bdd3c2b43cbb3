/** Structured log lines: one JSON object each, with the field names of spec section 25. */
import type { Logger, LogFields } from '@drakkar/plugin-sdk'
import { DrakkarError, errorMessage, redactText } from '@drakkar/plugin-sdk'
import { pino, stdSerializers, type DestinationStream, type Logger as PinoLogger } from 'pino'

/** The runtime's logger: the SDK's, plus `critical` and children with a category. */
export interface AppLogger extends Logger {
  critical(event: string, fields?: LogFields): void
  /** Fields added to every line of the child. `category` is one of the spec's: lifecycle, kafka, partition, … */
  child(fields: LogFields & { readonly category?: string }): AppLogger
}

export interface LoggerOptions {
  /** Case-insensitive: DEBUG, INFO, WARNING, ERROR, CRITICAL. */
  readonly level: string
  readonly workerId: string
  readonly clusterName: string
  readonly consumerGroup: string
  readonly version: string
  /** Where lines go. */
  readonly stream: DestinationStream
}

const pinoLevels: Readonly<Record<string, string>> = { DEBUG: 'debug', INFO: 'info', WARNING: 'warn', ERROR: 'error', CRITICAL: 'fatal' }
const specLevels: Readonly<Record<string, string>> = { debug: 'debug', info: 'info', warn: 'warning', error: 'error', fatal: 'critical' }

export function createLogger(options: LoggerOptions): AppLogger {
  const base = pino(
    {
      level: pinoLevels[options.level.toUpperCase()] ?? 'info',
      base: {
        service_name: 'drakkar',
        service_version: options.version,
        worker_id: options.workerId,
        ...(options.clusterName === '' ? {} : { cluster_name: options.clusterName }),
        consumer_group: options.consumerGroup,
      },
      messageKey: 'event',
      timestamp: () => `,"timestamp":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: specLevels[label] ?? label }) },
    },
    options.stream,
  )
  return wrap(base, { category: 'lifecycle' })
}

/** A logger that writes nothing. */
export const silentLogger: AppLogger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  critical: () => undefined,
  child: () => silentLogger,
}

/** A child's fields replace its parent's of the same name; pino alone would write both. */
function wrap(base: PinoLogger, bound: LogFields): AppLogger {
  const logger = base.child(bound)
  return {
    debug: (event, fields) => logger.debug(safeFields(fields), event),
    info: (event, fields) => logger.info(safeFields(fields), event),
    warn: (event, fields) => logger.warn(safeFields(fields), event),
    error: (event, fields) => logger.error(safeFields(fields), event),
    critical: (event, fields) => logger.fatal(safeFields(fields), event),
    child: (fields) => wrap(base, { ...bound, ...fields }),
  }
}

/** Errors become type, message and stack (LOG-4); text is redacted (LOG-14). */
function safeFields(fields: LogFields | undefined): object {
  if (fields === undefined) return {}
  const safe: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(fields)) {
    if (value instanceof Error) safe[key] = errorFields(value)
    else safe[key] = typeof value === 'string' ? redactText(value) : value
  }
  return safe
}

function errorFields(error: Error): object {
  // A coded error says itself what is wrong and where; its stack shows only our own files.
  if (DrakkarError.isInstance(error) && error.code !== 'DRK_INTERNAL') {
    return { type: error.name, code: error.code, message: redactText(errorMessage(error)) }
  }
  const { type, stack } = stdSerializers.err(error)
  return { type, message: redactText(errorMessage(error)), stack: redactText(stack) }
}

/** A logger that keeps what is written, `critical` and the fields of children included. */
import type { LogFields } from '@drakkar/plugin-sdk'
import type { AppLogger } from '../observability/logger.ts'

export interface AppLogEntry {
  readonly level: 'debug' | 'info' | 'warn' | 'error' | 'critical'
  readonly event: string
  readonly fields: LogFields
}

export interface RecordingAppLogger extends AppLogger {
  /** Everything logged so far, children included, oldest first. */
  readonly entries: readonly AppLogEntry[]
  events(): readonly string[]
}

export function createRecordingAppLogger(entries: AppLogEntry[] = [], bound: LogFields = {}): RecordingAppLogger {
  const write =
    (level: AppLogEntry['level']) =>
    (event: string, fields: LogFields = {}) =>
      void entries.push({ level, event, fields: { ...bound, ...fields } })
  return {
    entries,
    events: () => entries.map(({ event }) => event),
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    critical: write('critical'),
    child: (fields) => createRecordingAppLogger(entries, { ...bound, ...fields }),
  }
}

/** A logger for the time before there is one: keeps the lines, and passes them on as soon as it can. */
import type { LogFields, Logger } from '@drakkar/plugin-sdk'

export class EarlyLines implements Logger {
  #lines: ((logger: Logger) => void)[] = []
  #logger: Logger | null = null

  debug(event: string, fields?: LogFields): void {
    this.#write((logger) => logger.debug(event, fields))
  }

  info(event: string, fields?: LogFields): void {
    this.#write((logger) => logger.info(event, fields))
  }

  warn(event: string, fields?: LogFields): void {
    this.#write((logger) => logger.warn(event, fields))
  }

  error(event: string, fields?: LogFields): void {
    this.#write((logger) => logger.error(event, fields))
  }

  /** Writes what has been kept; whatever comes from now on goes straight there. */
  connect(logger: Logger): void {
    this.#logger = logger
    const lines = this.#lines
    this.#lines = []
    for (const write of lines) write(logger)
  }

  #write(line: (logger: Logger) => void): void {
    if (this.#logger === null) this.#lines.push(line)
    else line(this.#logger)
  }
}

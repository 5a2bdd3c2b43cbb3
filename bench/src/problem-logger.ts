/** For what a race opens by itself: errors, on standard error. Its warnings are about production use. */
import type { AppLogger } from '@drakkar/core'
import type { Logger } from '@drakkar/plugin-sdk'

const write = (event: string, fields?: Readonly<Record<string, unknown>>) => {
  console.error(event, fields ?? '')
}

export const problemLogger: Logger = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: write }

export const problemAppLogger: AppLogger = { ...problemLogger, critical: write, child: () => problemAppLogger }

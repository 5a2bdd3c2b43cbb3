/** What a worker is made of before anything is opened: configuration, sink registry, identity, logger. */
import { dirname } from 'node:path'
import type { Logger, WorkerIdentity } from '@drakkar/plugin-sdk'
import { configuredInstances } from '../config/instances.ts'
import { readConfigDocument } from '../config/load-config.ts'
import { configError, formatProblem, type ConfigWarning } from '../config/problems.ts'
import type { DrakkarConfig } from '../config/schema.ts'
import { createLogger, type AppLogger } from '../observability/logger.ts'
import { SinkRegistry } from '../registry/sink-registry.ts'
import { validateWithPlugins } from '../registry/validate-with-plugins.ts'
import { openLogDestination } from './log-destination.ts'
import { unavailableSettings } from './unavailable-settings.ts'
import { version } from './version.ts'
import { workerIdentity } from './worker-identity.ts'

export interface PrepareOptions {
  readonly config?: DrakkarConfig
  readonly configPath?: string
  readonly appRoot?: string
  readonly registry?: SinkRegistry
  readonly workerId?: string
  readonly logger?: AppLogger
}

export interface Prepared {
  readonly config: DrakkarConfig
  readonly registry: SinkRegistry
  readonly worker: WorkerIdentity
  readonly logger: AppLogger
  /** Sink type → abbreviation for the summary line. */
  readonly sinkShortNames: ReadonlyMap<string, string>
  /** Writes out what the logger still holds. */
  readonly closeLogger: () => void
}

/** Rejects with a `ConfigError` holding every problem. */
export async function prepareApp(options: PrepareOptions): Promise<Prepared> {
  const early = new HeldLines()
  const { config, registry, warnings } = await loadAll(options, early)
  const { refused, withoutEffect } = unavailableSettings(config)
  if (refused.length > 0) throw configError(refused)
  const worker = workerIdentity(config, options.workerId === undefined ? {} : { workerId: options.workerId })
  const { logger, closeLogger } = openLogger(config, worker, options.logger)
  early.replay(logger)
  for (const warning of warnings) logger.warn(warning.event, { problem: formatProblem(warning) })
  logger.info('settings_without_effect', { settings: withoutEffect })
  return { config, registry, worker, logger, closeLogger, sinkShortNames: await shortNames(config, registry) }
}

/** Rejects with a `PluginError` when a configured type cannot be loaded. */
async function shortNames(config: DrakkarConfig, registry: SinkRegistry): Promise<ReadonlyMap<string, string>> {
  const types = [...new Set(configuredInstances(config).map(({ type }) => type))]
  const definitions = await Promise.all(types.map((type) => registry.load(type)))
  return new Map(definitions.map(({ type, short }) => [type, short]))
}

interface Loaded {
  readonly config: DrakkarConfig
  readonly registry: SinkRegistry
  readonly warnings: readonly ConfigWarning[]
}

async function loadAll(options: PrepareOptions, logger: Logger): Promise<Loaded> {
  const discover = (root: string) => options.registry ?? SinkRegistry.discover(options.appRoot ?? root, { logger })
  if (options.config !== undefined) return { config: options.config, registry: await discover(process.cwd()), warnings: [] }
  const document = readConfigDocument(options.configPath)
  const registry = await discover(document.file === null ? process.cwd() : dirname(document.file))
  const { config, warnings } = await validateWithPlugins(document, registry)
  return { config, registry, warnings }
}

function openLogger(config: DrakkarConfig, worker: WorkerIdentity, given: AppLogger | undefined) {
  if (given !== undefined) return { logger: given, closeLogger: () => undefined }
  const destination = openLogDestination(config.logging, worker)
  const logger = createLogger({
    level: config.logging.level,
    workerId: worker.workerId,
    clusterName: worker.clusterName,
    consumerGroup: config.kafka.consumer_group,
    version,
    stream: destination.stream,
  })
  return { logger, closeLogger: () => destination.close() }
}

/** Keeps lines that come before there is a logger. */
class HeldLines implements Logger {
  readonly #lines: ((logger: Logger) => void)[] = []

  debug(event: string, fields?: Readonly<Record<string, unknown>>): void {
    this.#lines.push((logger) => logger.debug(event, fields))
  }

  info(event: string, fields?: Readonly<Record<string, unknown>>): void {
    this.#lines.push((logger) => logger.info(event, fields))
  }

  warn(event: string, fields?: Readonly<Record<string, unknown>>): void {
    this.#lines.push((logger) => logger.warn(event, fields))
  }

  error(event: string, fields?: Readonly<Record<string, unknown>>): void {
    this.#lines.push((logger) => logger.error(event, fields))
  }

  replay(logger: Logger): void {
    for (const write of this.#lines.splice(0)) write(logger)
  }
}

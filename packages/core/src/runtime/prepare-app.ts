/** What a worker is made of before anything is opened: configuration, sink registry, identity, logger. */
import { dirname } from 'node:path'
import type { Logger, WorkerIdentity } from '@drakkar/plugin-sdk'
import { configuredInstances } from '../config/instances.ts'
import { readConfigDocument } from '../config/load-config.ts'
import { configError, formatProblem } from '../config/problems.ts'
import type { DrakkarConfig } from '../config/schema.ts'
import type { AnyHandler } from '../handler.ts'
import { createLogger, type AppLogger } from '../observability/logger.ts'
import { SinkRegistry } from '../registry/sink-registry.ts'
import { validateWithPlugins } from '../registry/validate-with-plugins.ts'
import { abortable } from './abortable.ts'
import type { EarlyLines } from './early-lines.ts'
import { openLogDestination } from './log-destination.ts'
import { runStartupHook, type Loaded } from './startup-hook.ts'
import { unavailableSettings } from './unavailable-settings.ts'
import { version } from './version.ts'
import { workerIdentity } from './worker-identity.ts'

export interface PrepareOptions {
  readonly handler: AnyHandler
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

export interface PrepareCall {
  /** Takes the lines of the time before there is a logger. */
  readonly early: EarlyLines
  /** Ends the wait for modules and `onStartup`. */
  readonly stop: AbortSignal
}

/**
 * Rejects with a `ConfigError` holding every problem, with whatever `onStartup` throws, and with the signal's reason. Nothing but
 * the logger is open afterwards.
 */
export async function prepareApp(options: PrepareOptions, { early, stop }: PrepareCall): Promise<Prepared> {
  const given = await abortable(loadAll(options, early), stop)
  const { config, registry, warnings, withoutEffect, sinkShortNames } = await completed(options, given, { early, stop })
  const worker = identityOf(options, config)
  const { logger, closeLogger } = openLogger(config, worker, options.logger)
  early.connect(logger)
  for (const warning of warnings) logger.warn(warning.event, { problem: formatProblem(warning) })
  logger.info('settings_without_effect', { settings: withoutEffect })
  return { config, registry, worker, logger, closeLogger, sinkShortNames }
}

interface Completed extends Loaded, Pick<Prepared, 'sinkShortNames'> {
  readonly withoutEffect: readonly string[]
}

/** What needs the user's code: `onStartup` and the modules of the sinks. Either may hang, and a stop ends the wait. */
async function completed(options: PrepareOptions, given: Loaded, { early, stop }: PrepareCall): Promise<Completed> {
  try {
    const loaded = await runStartupHook(options.handler, given, stop)
    const { refused, withoutEffect } = unavailableSettings(loaded.config)
    if (refused.length > 0) throw configError(refused)
    const sinkShortNames = await abortable(shortNames(loaded.config, loaded.registry), stop)
    return { ...loaded, withoutEffect, sinkShortNames }
  } catch (error) {
    if (stop.aborted) logAbort(options, given.config, early)
    throw error
  }
}

/** A stop that comes before there is a logger is logged as the configuration says that `onStartup` was given. */
function logAbort(options: PrepareOptions, config: DrakkarConfig, early: EarlyLines): void {
  const { logger, closeLogger } = openLogger(config, identityOf(options, config), options.logger)
  early.connect(logger)
  logger.info('start_up_aborted', { step: 'configuration' })
  closeLogger()
}

function identityOf({ workerId }: PrepareOptions, config: DrakkarConfig): WorkerIdentity {
  return workerIdentity(config, workerId === undefined ? {} : { workerId })
}

/** Rejects with a `PluginError` when a configured type cannot be loaded. */
async function shortNames(config: DrakkarConfig, registry: SinkRegistry): Promise<ReadonlyMap<string, string>> {
  const types = [...new Set(configuredInstances(config).map(({ type }) => type))]
  const definitions = await Promise.all(types.map((type) => registry.load(type)))
  return new Map(definitions.map(({ type, short }) => [type, short]))
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

/** The services of the real runtime. */
import {
  DrakkarApp,
  forSinksAlone,
  loadConfig,
  loadLogConfig,
  openDeadLetters,
  openLog,
  openTargetLog,
  sinkTarget,
  validateConfig,
  validateWithPlugins,
  type DrakkarConfig,
  type ReplayTarget,
} from '@drakkar/core'
import { systemClock } from '@drakkar/plugin-sdk'
import { LogError, type LogOpenContext } from '@drakkar/plugin-sdk/log'
import type { CommandIo } from './command-io.ts'
import { isFile } from './find-handler.ts'
import { configPath, openProject } from './project.ts'
import type { CliServices, DeadLetterLogs, LogChoice, SinkTargetRequest } from './services.ts'
import { UsageError } from './usage-error.ts'

export function coreServices(io: CommandIo): CliServices {
  return {
    async openLog(choice, { mayCreate, ...context }) {
      const config = await logConfig(choice, io)
      if (config.embedded !== null && !mayCreate) await requireFile(config.embedded.path, '; drakkar produce --create makes one')
      return openLog(config, context)
    },
    openDeadLetters: (path, context) => deadLettersOf(path, context, io),
    openSinkTarget: (request) => sinkTargetOf(request, io),
    async runWorker(options) {
      const { exitCode } = await new DrakkarApp(options).run()
      return exitCode
    },
  }
}

/** The sinks' own settings are not looked at: reading a topic needs no sink package. */
async function logConfig(choice: LogChoice, io: CommandIo): Promise<DrakkarConfig> {
  if (choice.from === 'brokers') return validateConfig({ kafka: { brokers: choice.brokers } }).config
  if (choice.from === 'embedded') return validateConfig({ embedded: { path: choice.path } }).config
  return loadConfig(await configPath(choice.path, io), { env: { ...io.environment }, cwd: io.workingDirectory }).config
}

async function requireFile(path: string, remedy = ''): Promise<void> {
  if (await isFile(path)) return
  throw new LogError({ kind: 'permanent', message: `There is no embedded log at ${path}${remedy}` })
}

/** Guessing brokers would be worse than asking: dead letters of which application? */
async function requiredConfigPath(given: string | undefined, io: CommandIo): Promise<string | undefined> {
  const path = await configPath(given, io)
  const { DRAKKAR_CONFIG: own, DK_CONFIG: alias } = io.environment
  if (path === undefined && (own ?? '') === '' && (alias ?? '') === '') {
    throw new UsageError('no configuration: give --dlq-config=PATH, set DRAKKAR_CONFIG, or go where ./drakkar.yaml is')
  }
  return path
}

async function deadLettersOf(path: string | undefined, context: LogOpenContext, io: CommandIo): Promise<DeadLetterLogs> {
  const { config } = loadLogConfig(await requiredConfigPath(path, io), { env: { ...io.environment }, cwd: io.workingDirectory })
  if (config.embedded !== null && config.dlq.brokers === '') await requireFile(config.embedded.path)
  const letters = await openDeadLetters(config, context)
  return { ...letters, openTarget: (brokers) => openTargetLog(config, brokers, context) }
}

async function sinkTargetOf({ configPath: given, logger, maxItems, open }: SinkTargetRequest, io: CommandIo): Promise<ReplayTarget> {
  const path = await requiredConfigPath(given, io)
  const { document, registry } = await openProject(path === undefined ? {} : { config: path }, io, logger)
  const { config } = await validateWithPlugins(forSinksAlone(document), registry)
  const target = sinkTarget({ config, registry, logger, clock: systemClock, maxItems })
  try {
    await target.open(open)
  } catch (error) {
    await target.close()
    throw error
  }
  return target
}

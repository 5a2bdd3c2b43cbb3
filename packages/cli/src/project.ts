/** What most commands begin with: the configuration file, the handler beside it, and the sink packages of its application. */
import { dirname, join } from 'node:path'
import {
  formatProblem,
  readConfigDocument,
  SinkRegistry,
  validateWithPlugins,
  type ConfigDocument,
  type LoadedWithPlugins,
} from '@drakkar/core'
import type { Logger } from '@drakkar/plugin-sdk'
import type { Command } from 'commander'
import { paint } from './colors.ts'
import type { CommandIo } from './command-io.ts'
import { findHandler, isFile, type HandlerPlace } from './find-handler.ts'

export interface ProjectOptions {
  readonly config?: string
  readonly handler?: string
}

export interface Project {
  readonly document: ConfigDocument
  /** Null when there is none at all. */
  readonly handler: HandlerPlace | null
  /** Folder whose application is looked at. */
  readonly root: string
  readonly registry: SinkRegistry
}

export function addProjectOptions(command: Command): Command {
  return command
    .option('-c, --config <file>', 'configuration (default: DRAKKAR_CONFIG, else ./drakkar.yaml)')
    .option('--handler <module>', 'handler module (default: `handler` of the configuration, else ./handler.{mjs,js,ts})')
}

/**
 * Reads the file and discovers the sink packages of the application: the nearest package.json above the handler, else above
 * the configuration file, else above the working directory. Throws `ConfigError` when there is no usable file.
 */
export async function openProject(options: ProjectOptions, io: CommandIo, logger?: Logger): Promise<Project> {
  const document = readConfigDocument(await configPath(options.config, io), { env: { ...io.environment }, cwd: io.workingDirectory })
  const folder = document.file === null ? io.workingDirectory : dirname(document.file)
  const handler = await findHandler({ given: options.handler, configured: document.handler, folder, workingDirectory: io.workingDirectory })
  const root = handler === null ? folder : dirname(handler.file)
  return { document, handler, root, registry: await SinkRegistry.discover(root, logger === undefined ? {} : { logger }) }
}

export interface CheckedProject extends Project {
  readonly loaded: LoadedWithPlugins
}

/** As `openProject`, and the configuration checked with the schemas of its sinks. Warnings go to standard error. */
export async function loadProject(options: ProjectOptions, io: CommandIo): Promise<CheckedProject> {
  const project = await openProject(options, io)
  const loaded = await validateWithPlugins(project.document, project.registry)
  for (const warning of loaded.warnings) await io.stderr.writeLine(`${paint('yellow', 'warning:', io.stderr)} ${formatProblem(warning)}`)
  return { ...project, loaded }
}

/** Undefined leaves the choice to the loader: `DRAKKAR_CONFIG`, else no file. */
export async function configPath(given: string | undefined, io: CommandIo): Promise<string | undefined> {
  if (given !== undefined) return given
  const named = [io.environment['DRAKKAR_CONFIG'], io.environment['DK_CONFIG']].some((value) => value !== undefined && value !== '')
  if (named) return undefined
  for (const name of ['drakkar.yaml', 'drakkar.yml']) {
    if (await isFile(join(io.workingDirectory, name))) return name
  }
  return undefined
}

/** The services of the real runtime. */
import { DrakkarApp, loadConfig, openLog, validateConfig, type DrakkarConfig } from '@drakkar/core'
import { LogError } from '@drakkar/plugin-sdk/log'
import type { CommandIo } from './command-io.ts'
import { isFile } from './find-handler.ts'
import { configPath } from './project.ts'
import type { CliServices, LogChoice } from './services.ts'

export function coreServices(io: CommandIo): CliServices {
  return {
    async openLog(choice, { mayCreate, ...context }) {
      const config = await logConfig(choice, io)
      if (config.embedded !== null && !mayCreate) await requireFile(config.embedded.path)
      return openLog(config, context)
    },
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

async function requireFile(path: string): Promise<void> {
  if (await isFile(path)) return
  throw new LogError({ kind: 'permanent', message: `There is no embedded log at ${path}; drakkar produce --create makes one` })
}

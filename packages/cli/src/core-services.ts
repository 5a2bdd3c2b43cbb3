/** The services of the real runtime. */
import { DrakkarApp, loadConfig, openLog, validateConfig, type DrakkarConfig } from '@drakkar/core'
import type { CommandIo } from './command-io.ts'
import { configPath } from './project.ts'
import type { CliServices, LogChoice } from './services.ts'

export function coreServices(io: CommandIo): CliServices {
  return {
    openLog: async (choice, context) => openLog(await logConfig(choice, io), context),
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

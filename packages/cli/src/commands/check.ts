/** `drakkar check`: every problem of the configuration, or its summary line (spec CLI-5). */
import {
  checkBinary,
  configuredInstances,
  effectiveConfig,
  resolveWorkerNames,
  summaryLine,
  unavailableSettings,
  unusableSettings,
} from '@drakkar/core'
import { ConfigError, errorMessage, type ConfigProblem } from '@drakkar/plugin-sdk'
import { Command } from 'commander'
import type { CommandContext } from '../command-context.ts'
import { exitCodes } from '../exit-codes.ts'
import { addProjectOptions, loadProject, type CheckedProject, type ProjectOptions } from '../project.ts'

const examples = `
Checks the file, the environment variables DRAKKAR_…, the sink packages and their settings, and that handler and program exist.
Connects to nothing, makes nothing and runs nothing: a directory or a server that a sink needs shows when the worker starts.
Problems are written to standard error as file:line:column, the summary line to standard output.

Examples:
  $ drakkar check
  $ drakkar check drakkar.yaml && drakkar run --config drakkar.yaml`

export function checkCommand(context: CommandContext): Command {
  const command = new Command('check')
    .description('Check the configuration; print every problem, or a summary')
    .argument('[file]', 'the same as --config')
    .addHelpText('after', examples)
    .action(async (file: string | undefined, options: ProjectOptions) => {
      const project = await loadProject(file === undefined ? options : { ...options, config: file }, context.io)
      const problems = [...startProblems(project), ...(await unusable(project)), ...(await binaryProblems(project))]
      if (problems.length > 0) throw new ConfigError({ code: 'DRK_CONFIG_INVALID', message: 'a worker would not start', problems })
      await context.io.stdout.writeLine(summary(project, context))
      context.finish(exitCodes.ok)
    })
  return addProjectOptions(command)
}

/** What `drakkar run` would refuse although the file itself is right. */
function startProblems({ handler, loaded }: CheckedProject): readonly ConfigProblem[] {
  const { config, sources } = loaded
  const unavailable = unavailableSettings(config).refused.map((problem) => ({ ...problem, origin: sources.describe(problem.path) }))
  const noSinks =
    configuredInstances(config).length === 0 ? [{ path: 'sinks', message: 'No sinks configured: add at least one instance' }] : []
  // A handler that is not named anywhere may be given to `drakkar run` later.
  if (handler === null || handler.exists) return [...unavailable, ...noSinks]
  const origin = handler.namedBy === 'option' ? '--handler' : sources.describe('handler')
  return [...unavailable, ...noSinks, { path: 'handler', message: `the module does not exist: ${handler.file}`, origin }]
}

async function unusable({ loaded }: CheckedProject): Promise<readonly ConfigProblem[]> {
  const problems = await unusableSettings(loaded)
  return problems.map((problem) => ({ ...problem, origin: loaded.sources.describe(problem.path) }))
}

/** The program of `executor.binary_path` must be there and executable. */
async function binaryProblems({ loaded: { config, sources } }: CheckedProject): Promise<readonly ConfigProblem[]> {
  if (config.executor.binary_path === null) return []
  const path = 'executor.binary_path'
  try {
    await checkBinary(config.executor.binary_path)
    return []
  } catch (error) {
    return [{ path, message: errorMessage(error).replace(`${path} `, ''), origin: sources.describe(path) }]
  }
}

function summary({ loaded }: CheckedProject, { io }: CommandContext): string {
  const { config, definitions } = loaded
  // Without a name in the environment each start makes up another one: `?` in the summary.
  const workerId = io.environment[config.worker_name_env] ?? ''
  const { clusterName } = resolveWorkerNames(config, { env: { ...io.environment } })
  const sinkShortNames = new Map([...definitions].map(([type, { short }]) => [type, short]))
  return summaryLine(effectiveConfig(config), { workerId, clusterName, sinkShortNames })
}

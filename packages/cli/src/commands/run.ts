/** `drakkar run`: the worker (spec CLI-3). */
import { loadHandler, validateWithPlugins } from '@drakkar/core'
import { Command } from 'commander'
import type { CommandContext } from '../command-context.ts'
import { addProjectOptions, openProject, type Project, type ProjectOptions } from '../project.ts'

interface RunOptions extends ProjectOptions {
  readonly workerId?: string
  readonly untilCaughtUp?: boolean
}

const examples = `
The first SIGINT (Ctrl+C) or SIGTERM stops gracefully: what runs is finished and committed, what is queued is left for the next
start. A second one ends at once, with exit code 130 or 143.

Examples:
  $ drakkar run
  $ drakkar run --config drakkar.yaml --handler ./src/handler.mjs
  $ WORKER_ID=worker-1 DRAKKAR_EXECUTOR__MAX_EXECUTORS=16 drakkar run`

export function runCommand(context: CommandContext): Command {
  const command = new Command('run')
    .description('Run a worker until it is stopped')
    .argument('[file]', 'the same as --config')
    .option('--worker-id <name>', 'name of the worker (default: the variable named by worker_name_env)')
    .option('--until-caught-up', 'also stop when everything that was in the topic at the start is committed')
    .addHelpText('after', examples)
    .action(async (file: string | undefined, options: RunOptions) =>
      context.finish(await run(file === undefined ? options : { ...options, config: file }, context)),
    )
  return addProjectOptions(command)
}

/** Checks everything before the worker starts; the worker then loads and logs for itself. */
async function run(options: RunOptions, { io, services }: CommandContext): Promise<number> {
  const project = await openProject(options, io)
  await validateWithPlugins(project.document, project.registry)
  const { handler } = await loadHandler(handlerLocation(project, options))
  return services.runWorker({
    handler,
    appRoot: project.root,
    until: options.untilCaughtUp === true ? 'caught_up' : 'stopped',
    ...(project.document.file === null ? {} : { configPath: project.document.file }),
    ...(options.workerId === undefined ? {} : { workerId: options.workerId }),
  })
}

/** When there is no place, core looks for itself and says where. */
function handlerLocation({ handler, document }: Project, options: RunOptions): Parameters<typeof loadHandler>[0] {
  if (handler !== null) return { path: handler.file }
  return { configFile: document.file, ...(options.handler === undefined ? {} : { path: options.handler }) }
}

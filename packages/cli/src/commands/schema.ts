/** `drakkar schema`: JSON Schema of the whole configuration, the installed sinks included (spec CLI-5). */
import { jsonSchema, type SinkRegistry } from '@drakkar/core'
import type { SinkDefinition } from '@drakkar/plugin-sdk'
import { Command } from 'commander'
import { stderrLogger, type CommandContext } from '../command-context.ts'
import { exitCodes } from '../exit-codes.ts'
import { addProjectOptions, openProject, type ProjectOptions } from '../project.ts'

const examples = `
Sink packages that cannot be loaded are left out, with a warning.

Examples:
  $ drakkar schema > drakkar.schema.json
  then, as the first line of drakkar.yaml, for editors:
  # yaml-language-server: $schema=./drakkar.schema.json`

export function schemaCommand(context: CommandContext): Command {
  const command = new Command('schema')
    .description('Write the JSON Schema of the configuration, for editors')
    .addHelpText('after', examples)
    .action(async (options: ProjectOptions) => {
      const { document, registry } = await openProject(options, context.io, stderrLogger(context.io))
      registry.prefer(document.prefer)
      const definitions = await usableDefinitions(registry)
      const sinks = new Map(definitions.map(({ type, config }) => [type, config]))
      await context.io.stdout.writeLine(JSON.stringify(jsonSchema({ sinks }), null, 2))
      context.finish(exitCodes.ok)
    })
  return addProjectOptions(command)
}

/** What fails has been logged by the registry. */
async function usableDefinitions(registry: SinkRegistry): Promise<readonly SinkDefinition[]> {
  const described = await registry.describe()
  return Promise.all(described.filter(({ error }) => error === null).map(({ type }) => registry.load(type)))
}

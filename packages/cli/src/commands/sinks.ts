/** `drakkar sinks`: which sink types there are, who offers them, and why one cannot be used (spec CLI-6). */
import { relative } from 'node:path'
import type { DescribedSink } from '@drakkar/core'
import { redactText } from '@drakkar/plugin-sdk'
import { Command } from 'commander'
import { paint } from '../colors.ts'
import type { CommandContext } from '../command-context.ts'
import { exitCodes } from '../exit-codes.ts'
import { addProjectOptions, openProject, type ProjectOptions } from '../project.ts'
import { textTable } from '../text-table.ts'

interface SinksOptions extends ProjectOptions {
  readonly json?: boolean
}

const examples = `
Looks at the application's own package.json and its direct dependencies, and imports every sink module to tell whether it works.

Examples:
  $ drakkar sinks
  $ drakkar sinks --json | jq -r '.[] | select(.error != null) | .type'`

export function sinksCommand(context: CommandContext): Command {
  const command = new Command('sinks')
    .description('List the sink types of the application and where they come from')
    .option('--json', 'write a JSON list')
    .addHelpText('after', examples)
    .action(async (options: SinksOptions) => {
      const { document, registry } = await openProject(options, context.io)
      registry.prefer(document.prefer)
      const sinks = await registry.describe()
      await (options.json === true ? writeJson(sinks, context) : writeTable(sinks, context, registry.appRoot))
      context.finish(exitCodes.ok)
    })
  return addProjectOptions(command)
}

async function writeJson(sinks: readonly DescribedSink[], { io }: CommandContext): Promise<void> {
  const rows = sinks.map(({ type, packageName, version, origin, location, overrides, payloadKey, error }) => ({
    type,
    package: packageName,
    version,
    origin,
    location,
    overrides,
    payload_key: payloadKey,
    error: error === null ? null : { code: error.code, message: redactText(error.message) },
  }))
  await io.stdout.writeLine(JSON.stringify(rows, null, 2))
}

async function writeTable(sinks: readonly DescribedSink[], { io }: CommandContext, appRoot: string | null): Promise<void> {
  if (sinks.length === 0) {
    const place = appRoot === null ? 'There is no package.json here or above' : `Neither ${appRoot} nor its dependencies offer a sink`
    return io.stderr.writeLine(`${place}. Install one, for example: npm install @drakkar/sink-file`)
  }
  const rows = sinks.map((sink) => [
    sink.type === '' ? '-' : sink.type,
    sink.version === '' ? sink.packageName : `${sink.packageName}@${sink.version}`,
    shownLocation(sink.location, io.workingDirectory),
    sink.overrides.length === 0 ? '-' : sink.overrides.join(', '),
    sink.error === null ? 'ok' : sink.error.code,
  ])
  const [heading = '', ...lines] = textTable([['TYPE', 'PACKAGE', 'FROM', 'OVERRIDES', 'STATUS'], ...rows])
  await io.stdout.writeLine(paint('bold', heading, io.stdout))
  for (const line of lines) await io.stdout.writeLine(line)
  for (const { error } of sinks) {
    if (error !== null) await io.stderr.writeLine(`${error.code}: ${redactText(error.message)}`)
  }
}

/** Relative paths are shorter as long as they do not climb far. */
function shownLocation(location: string, workingDirectory: string): string {
  const path = relative(workingDirectory, location)
  return path.length < location.length ? path : location
}

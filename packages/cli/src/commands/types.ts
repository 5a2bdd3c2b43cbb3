/** `drakkar types`: the configured sinks as TypeScript types, so that a wrong sink name does not compile. */
import { readFile, writeFile } from 'node:fs/promises'
import { relative, resolve } from 'node:path'
import { configuredInstances, generateEnvTypes, type SinkInstanceConfig } from '@drakkar/core'
import { Command } from 'commander'
import type { CommandContext } from '../command-context.ts'
import { exitCodes } from '../exit-codes.ts'
import { addProjectOptions, loadProject, type CheckedProject, type ProjectOptions } from '../project.ts'

interface TypesOptions extends ProjectOptions {
  readonly out?: string
  readonly check?: boolean
}

const examples = `
Include the file in tsconfig.json. A payload for a sink that is not configured, one without a name where there are several,
and a payload of the wrong shape are then compile errors.

Examples:
  $ drakkar types
  $ drakkar types --check     # in CI: exit code 2 when the file is missing or out of date`

export function typesCommand(context: CommandContext): Command {
  const command = new Command('types')
    .description('Write drakkar-env.d.ts from the configuration')
    .option('-o, --out <file>', 'file to write (default: drakkar-env.d.ts beside the package.json of the application)')
    .option('--check', 'write nothing; fail when the file is missing or out of date')
    .addHelpText('after', examples)
    .action(async (options: TypesOptions) => {
      const project = await loadProject(options, context.io)
      context.finish(await writeOrCheck(project, options, context))
    })
  return addProjectOptions(command)
}

async function writeOrCheck(project: CheckedProject, options: TypesOptions, { io }: CommandContext): Promise<number> {
  const folder = project.registry.appRoot ?? io.workingDirectory
  const file = options.out === undefined ? resolve(folder, 'drakkar-env.d.ts') : resolve(io.workingDirectory, options.out)
  const shown = relative(io.workingDirectory, file)
  const text = generateEnvTypes(configuredInstances(project.loaded.config).map((instance) => typedInstance(instance, project)))
  const found = await readIfPresent(file)
  if (options.check === true) {
    if (found === text) return exitCodes.ok
    await io.stderr.writeLine(`${shown} is ${found === null ? 'missing' : 'out of date'}: run drakkar types`)
    return exitCodes.configuration
  }
  if (found !== text) await writeFile(file, text)
  await io.stderr.writeLine(found === text ? `${shown} is up to date` : `wrote ${shown}`)
  return exitCodes.ok
}

function typedInstance({ type, name }: SinkInstanceConfig, { loaded, registry }: CheckedProject) {
  const entry = registry.get(type)
  const payloadKey = loaded.definitions.get(type)?.payloadKey ?? type
  // The application cannot import itself by name, and declares the types of its own sinks anyway.
  const isForeign = entry !== null && (entry.origin === 'third_party' || entry.origin === 'official')
  return isForeign ? { payloadKey, name, packageName: entry.packageName } : { payloadKey, name }
}

async function readIfPresent(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
}

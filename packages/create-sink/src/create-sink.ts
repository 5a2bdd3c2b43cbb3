/** One run of `create-sink`, from arguments to exit code. */
import { relative } from 'node:path'
import { builtInClash } from './built-in-types.ts'
import { parseArguments, usage } from './parse-arguments.ts'
import { sinkNames, type SinkNames } from './sink-names.ts'
import type { Language } from './package-manifest.ts'
import { UsageError } from './usage-error.ts'
import { writePackage } from './write-package.ts'

export interface CreateSinkIo {
  readonly workingDirectory: string
  /** Standard output and error; each text is whole lines. */
  readonly print: (text: string) => void
  readonly printError: (text: string) => void
}

export interface CreateSinkOptions {
  /** Without `node` and the script. */
  readonly arguments: readonly string[]
  readonly io: CreateSinkIo
  readonly version: string
}

/** Resolves with the exit code: 0 done, 2 when the names, the options or the folder are not usable. Other failures reject. */
export async function createSink({ arguments: given, io, version }: CreateSinkOptions): Promise<number> {
  try {
    const wish = parseArguments(given)
    if (wish.kind === 'create') {
      const names = sinkNames({ target: wish.target, type: wish.type, workingDirectory: io.workingDirectory })
      await writePackage(names, wish.language)
      const clash = builtInClash(names.type)
      if (clash !== null) io.printError(`create-sink: warning: ${clash}`)
      io.print(nextSteps(names, wish.language, io.workingDirectory))
    } else {
      io.print(wish.kind === 'help' ? usage : version)
    }
    return 0
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    io.printError(`create-sink: ${error.message}\nTry --help.`)
    return 2
  }
}

function nextSteps({ packageName, folder, type }: SinkNames, language: Language, workingDirectory: string): string {
  const place = relative(workingDirectory, folder)
  const extension = language === 'typescript' ? 'ts' : 'js'
  const enter = place === '' ? '' : `  cd ${place}\n`
  return `Made ${packageName} with the sink type "${type}"${place === '' ? '' : ` in ${place}`}.

${enter}  npm install
  npm test

It works as it is: every payload becomes a file. Make it yours beginning with src/client.${extension}; README.md names the other rooms.`
}

/** The `create-sink` command, which `npm create @drakkar/sink` runs. */
import { createRequire } from 'node:module'
import { createSink } from './create-sink.ts'

const { version }: { readonly version: string } = createRequire(import.meta.url)('../package.json')
process.exitCode = await createSink({
  arguments: process.argv.slice(2),
  io: {
    workingDirectory: process.cwd(),
    print: (text) => void process.stdout.write(`${text}\n`),
    printError: (text) => void process.stderr.write(`${text}\n`),
  },
  version,
})

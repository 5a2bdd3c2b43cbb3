/** The `drakkar` command. */
import { createRequire } from 'node:module'
import { processIo } from './command-io.ts'
import { coreServices } from './core-services.ts'
import { runCli } from './run-cli.ts'

const { version }: { readonly version: string } = createRequire(import.meta.url)('../package.json')
const io = processIo()
const exitCode = await runCli({ arguments: process.argv.slice(2), io, services: coreServices(io), version })
// Clients may keep sockets open after they are closed; everything written has been flushed.
process.exit(exitCode)

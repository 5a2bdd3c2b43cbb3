/**
 * `npm run service -- kafka start [PORT] [DATA_DIRECTORY]`: runs a service in the foreground until SIGINT or SIGTERM.
 * Prints its address on standard output once it answers.
 */
import { once } from 'node:events'

import { serviceNames, startService } from './start-service.ts'

const usage = `usage: npm run service -- NAME start [PORT] [DATA_DIRECTORY]\n  NAME: ${serviceNames.join(', ')}\n`

const [nameArgument, command, port, dataDirectory] = process.argv.slice(2)
const name = serviceNames.find((candidate) => candidate === nameArgument)
if (name === undefined || command !== 'start' || (port !== undefined && !Number.isInteger(Number(port)))) {
  process.stderr.write(usage)
  process.exit(2)
}

const service = await startService(name, {
  ...(port === undefined ? {} : { port: Number(port) }),
  ...(dataDirectory === undefined ? {} : { dataDirectory }),
})
process.stdout.write(`${service.url}\n`)
process.stderr.write(`${name} runs (${service.provider}); stop it with Ctrl-C or: kill ${process.pid}\n`)
const keepAlive = setInterval(() => undefined, 1 << 30)
await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
clearInterval(keepAlive)
await service.dispose()

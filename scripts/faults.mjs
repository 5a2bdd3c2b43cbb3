// `npm run faults`: the fault suite by hand (integration/faults/README.md). Builds what is missing, compiles the suite, and runs it.
import { join } from 'node:path'
import { bootstrap } from './bootstrap.mjs'
import { compileFaults } from './compile-faults.mjs'
import { runShown } from './run-command.mjs'
import { root } from './workspace.mjs'

await bootstrap()
await compileFaults()
const main = join(root, 'integration', 'dist', 'faults', 'faults', 'run', 'main.js')
process.exitCode = await runShown(process.execPath, [main, ...process.argv.slice(2)])

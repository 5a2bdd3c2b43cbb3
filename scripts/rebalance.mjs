// `npm run rebalance [-- VITEST ARGUMENTS]`: what happens to a group when workers and brokers come, go and die. See
// integration/rebalance/README.md.
import { join } from 'node:path'
import { bootstrap } from './bootstrap.mjs'
import { runShown } from './run-command.mjs'
import { root } from './workspace.mjs'

await bootstrap()
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs')
const args = ['run', '--config', 'rebalance/vitest.config.ts', ...process.argv.slice(2)]
process.exitCode = await runShown(process.execPath, [vitest, ...args], { cwd: join(root, 'integration') })

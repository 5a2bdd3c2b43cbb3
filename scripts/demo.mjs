// `npm run demo [-- --kafka HOST:PORT]`: the main job over real text, ready to run on a fresh clone.
import { join } from 'node:path'
import { bootstrap } from './bootstrap.mjs'
import { runShown } from './run-command.mjs'
import { root } from './workspace.mjs'

await bootstrap()
const folder = join(root, 'examples', 'log-search')
process.exitCode = await runShown(process.execPath, [join(folder, 'demo.mjs'), ...process.argv.slice(2)], { cwd: folder })

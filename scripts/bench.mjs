// `npm run bench [-- RACE...]`: races against peers and limits, on a fresh clone. Needs a Kafka broker for some: from
// --kafka or DRAKKAR_TEST_KAFKA, else it starts one as `npm run test:integration` does.
import { join } from 'node:path'
import { bootstrap } from './bootstrap.mjs'
import { runQuietly, runShown } from './run-command.mjs'
import { root } from './workspace.mjs'

await bootstrap()
const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
const { code, output } = await runQuietly('Building the service starter', [process.execPath, [compiler, '-p', 'tsconfig.services.json']], {
  cwd: join(root, 'integration'),
})
// Only a race that has to start a broker needs it, and says so when it cannot.
if (code !== 0) console.error(output)
process.exitCode = await runShown(process.execPath, [join(root, 'bench', 'dist', 'main.js'), ...process.argv.slice(2)])

// `npm run test:integration`: every suite that needs a real service, in integration/ and in the packages.
// The services come from integration/services (URL from the environment, then Docker, then a native server).
import { join } from 'node:path'
import { bootstrap } from './bootstrap.mjs'
import { closingLine } from './closing-line.mjs'
import { runShown } from './run-command.mjs'
import { clearReports, findReports, readCounts } from './test-reports.mjs'
import { root } from './workspace.mjs'

await bootstrap()
clearReports('integration')
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs')
const args = [vitest, 'run', '--mode', 'integration', '--config', 'vitest.integration.ts', ...process.argv.slice(2)]
const code = await runShown(process.execPath, args, {
  // A service that cannot be had fails the run unless the caller explicitly says otherwise.
  env: { DRAKKAR_REQUIRE_SERVICES: process.env['DRAKKAR_REQUIRE_SERVICES'] ?? '1' },
})
const counts = readCounts(findReports('integration'))
console.log(`\nIntegration suites: ${closingLine(counts)}`)
process.exitCode = code !== 0 || counts.failed > 0 || counts.passed === 0 ? 1 : 0

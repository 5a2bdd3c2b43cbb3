// `npm test`: the hermetic suites of every package, on a fresh clone, without any service.
import { bootstrap } from './bootstrap.mjs'
import { closingLine } from './closing-line.mjs'
import { runTurbo } from './run-turbo.mjs'
import { clearReports, findReports, readCounts } from './test-reports.mjs'

await bootstrap()
clearReports('unit')
process.env['DRAKKAR_TEST_REPORT'] = '1'
const code = await runTurbo(['run', 'test', 'test:scripts', '--continue=dependencies-successful', '--concurrency=2', '--log-order=grouped'])
const counts = readCounts(findReports('unit'))

console.log(`
Left out: the integration suites (integration/ and every *.integration.test.ts). They need a real Kafka broker.
  Run them with \`npm run test:integration\`. It takes the broker from DRAKKAR_TEST_KAFKA=HOST:PORT, else from Docker,
  else from a native server it fetches; see CONTRIBUTING.md.
Unit suites: ${closingLine(counts)}`)
process.exitCode = code !== 0 || counts.failed > 0 || counts.passed === 0 ? 1 : 0

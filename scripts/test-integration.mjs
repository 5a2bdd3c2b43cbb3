// `npm run test:integration`: every suite that needs a real service.
// First integration/, whose suites start (and kill) brokers of their own, then the packages' *.integration.test.ts against
// one shared broker. Services come from integration/services: URL from the environment, then Docker, then native.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { bootstrap } from './bootstrap.mjs'
import { closingLine } from './closing-line.mjs'
import { runQuietly, runShown } from './run-command.mjs'
import { clearReports, findReports, readCounts } from './test-reports.mjs'
import { root } from './workspace.mjs'

const integration = join(root, 'integration')
const bin = (...path) => join(root, 'node_modules', ...path)
const required = process.env['DRAKKAR_REQUIRE_SERVICES'] ?? '1'
const filters = process.argv.slice(2)

function vitest(args, { cwd, report, env = {} }) {
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${join('.reports', report)}`]
  return runShown(process.execPath, [bin('vitest', 'vitest.mjs'), 'run', ...args, ...reporters, '--passWithNoTests', ...filters], {
    cwd,
    env: { DRAKKAR_REQUIRE_SERVICES: required, ...env },
  })
}

/** `{ url, stop }` of a server that runs until `stop`, or null when none can be had (the reasons are on stderr). */
async function startService(name) {
  const args = [join(integration, 'dist', 'services', 'cli.js'), name, 'start']
  const child = spawn(process.execPath, args, { cwd: integration, stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = new Promise((resolve) => child.once('exit', () => resolve(null)))
  const firstLine = new Promise((resolve) => createInterface({ input: child.stdout }).once('line', resolve))
  const url = await Promise.race([firstLine, ended])
  if (url === null) return null
  const stop = async () => {
    child.kill('SIGTERM')
    await ended
  }
  return { url, stop }
}

async function testPackages() {
  const built = await runQuietly(
    'Building the service starter',
    [process.execPath, [bin('typescript', 'bin', 'tsc'), '-p', 'tsconfig.services.json']],
    {
      cwd: integration,
    },
  )
  if (built.code !== 0) {
    console.error(built.output)
    return built.code
  }
  const kafka = await startService('kafka')
  const postgres = await startService('postgres')
  try {
    if (kafka === null || postgres === null) {
      console.error(`A server could not be had, so the packages' integration tests did not run (reasons above).`)
      return required === '0' ? 0 : 1
    }
    const env = { DRAKKAR_TEST_KAFKA: kafka.url, DRAKKAR_TEST_POSTGRES: postgres.url }
    return await vitest(['--config', 'vitest.integration.ts'], { cwd: root, report: 'integration-packages.json', env })
  } finally {
    await Promise.all([kafka?.stop(), postgres?.stop()])
  }
}

await bootstrap()
clearReports('integration')
const codes = [await vitest([], { cwd: integration, report: 'integration.json' }), await testPackages()]
const counts = readCounts(findReports('integration'))
console.log(`\nIntegration suites: ${closingLine(counts)}`)
process.exitCode = codes.some((code) => code !== 0) || counts.failed > 0 || counts.passed === 0 ? 1 : 0

// Makes a fresh clone usable: installs and builds what is missing, says what it does, and what to do when it cannot.
// Plain JavaScript without dependencies, because nothing is installed when it runs.
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { explainInstallFailure, explainNodeVersion } from './explain-failure.mjs'
import { reasonToInstall } from './installed.mjs'
import { npmCommand, runQuietly } from './run-command.mjs'
import { turboCommand, turboEnvironment } from './run-turbo.mjs'
import { root } from './workspace.mjs'

/** Ends the process with exit code 3 (environment) and a message when the workspace cannot be made ready. */
export async function bootstrap({ build = true } = {}) {
  const wrongNode = explainNodeVersion(process.versions.node)
  if (wrongNode !== null) fail(wrongNode)
  await installMissing()
  if (build) await buildMissing()
}

async function installMissing() {
  const reason = reasonToInstall()
  if (reason !== null) {
    console.log(`Installing: ${reason}.`)
    const { code, output } = await runQuietly('npm ci (about a minute the first time)', npmCommand(['ci', '--no-audit', '--no-fund']))
    if (code !== 0) fail(explainInstallFailure(output))
  }
  await checkNativeModule()
}

/** An install with scripts switched off succeeds and leaves better-sqlite3 without its binary. */
async function checkNativeModule() {
  const probe = "new (require('better-sqlite3'))(':memory:').close()"
  const load = () => runSilently(process.execPath, ['-e', probe])
  if ((await load()).code === 0) return
  const rebuild = await runQuietly('Building better-sqlite3 for this Node', npmCommand(['rebuild', 'better-sqlite3']))
  const after = await load()
  if (after.code !== 0) fail(explainInstallFailure(`better-sqlite3\n${rebuild.output}\n${after.output}`))
}

function runSilently(command, args) {
  return runQuietly(null, [command, args], { cwd: join(root, 'packages', 'core') })
}

async function buildMissing() {
  const { code, output } = await runQuietly('Building the packages', turboCommand(['run', 'build', '--output-logs=errors-only']), {
    env: turboEnvironment,
  })
  if (code === 0) return
  fail(`The build failed.\n\n${output.trimEnd()}\n\nRun \`npm run build\` to see it alone.`)
}

function fail(message) {
  console.error(`\nCannot go on.\n${message}\n`)
  process.exit(3)
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) await bootstrap()

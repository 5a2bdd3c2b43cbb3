// `npm run check`: every static check, each by name; all run even when one fails, so that one run shows everything.
import { join } from 'node:path'
import { bootstrap } from './bootstrap.mjs'
import { runShown } from './run-command.mjs'
import { turboCommand, turboEnvironment } from './run-turbo.mjs'
import { root } from './workspace.mjs'

const node = (...args) => [process.execPath, args]
const tool = (path, ...args) => node(join(root, 'node_modules', ...path.split('/')), ...args)

const CHECKS = {
  lint: tool('oxlint/bin/oxlint', '--type-aware'),
  format: tool('oxfmt/bin/oxfmt', '--check'),
  types: turboCommand(['run', 'types', 'types:root', '--continue=dependencies-successful', '--output-logs=errors-only']),
  knip: tool('knip/bin/knip.js', '--no-progress', '--no-config-hints'),
  boundaries: node(join(root, 'scripts', 'check-boundaries.mjs')),
  docs: node(join(root, 'scripts', 'check-docs.mjs')),
  packages: node(join(root, 'scripts', 'check-packages.mjs')),
  generated: node(join(root, 'scripts', 'generate-reference.mjs'), '--check'),
}

const wanted = process.argv.slice(2)
const unknown = wanted.filter((name) => !(name in CHECKS))
if (unknown.length > 0) {
  console.error(`Unknown check ${unknown.join(', ')}; there are ${Object.keys(CHECKS).join(', ')}.`)
  process.exit(2)
}

await bootstrap()
const failed = []
for (const [name, [command, args]] of Object.entries(CHECKS)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue
  console.log(`\n--> ${name}`)
  const code = await runShown(command, args, { env: turboEnvironment })
  if (code !== 0) failed.push(name)
}
console.log(
  failed.length === 0 ? '\nEvery check passed.' : `\nFailed: ${failed.join(', ')}. Run one alone with \`npm run check -- ${failed[0]}\`.`,
)
process.exitCode = failed.length === 0 ? 0 : 1

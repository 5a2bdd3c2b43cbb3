// `npm run pack`: builds and packs every publishable package into `.packs`, to try them in a project outside this
// repository before (or without) publishing. Prints the command that installs them there.
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { bootstrap } from './bootstrap.mjs'
import { npmCommand, runQuietly } from './run-command.mjs'
import { root, workspaceFolders } from './workspace.mjs'

await bootstrap()
const destination = join(root, '.packs')
rmSync(destination, { recursive: true, force: true })
mkdirSync(destination)
const packages = workspaceFolders().filter(({ manifest }) => !manifest.private)
for (const { folder, manifest } of packages) {
  const pack = npmCommand(['pack', '--silent', '--ignore-scripts', '--pack-destination', destination])
  const { code, output } = await runQuietly(null, pack, { cwd: folder })
  if (code !== 0) {
    console.error(`npm pack failed for ${manifest.name}:\n${output}`)
    process.exit(1)
  }
  console.log(`packed ${manifest.name} ${manifest.version}`)
}
console.log(`\nInstall them in your project with:\n  npm install ${join(destination, '*.tgz')}`)

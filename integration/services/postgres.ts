/**
 * PostgreSQL on loopback, without a password (`trust`). Nothing is synchronised to the disk: what is committed survives the end
 * of the server, however it ends, but not a crash of the machine.
 */
import { existsSync } from 'node:fs'
import { chmod, chown, mkdir, mkdtemp, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { missingDocker, startContainer } from './docker.ts'
import { freePorts } from './free-ports.ts'
import { commandOutput, runNative, startNative, type EndSignal, type NativeProcess } from './native-process.ts'
import { missingPostgres, postgresBinaries } from './postgres-binaries.ts'
import { postgresAnswers } from './postgres-probe.ts'
import type { RequiredServiceOptions, Service, ServiceHandle, ServiceProvider } from './service.ts'
import { waitUntilReady } from './wait-until-ready.ts'

const image = 'postgres:17-alpine'
const environmentName = 'DRAKKAR_TEST_POSTGRES'
const readyWithinMs = 60_000
const settings = {
  fsync: 'off',
  shared_buffers: '64MB',
  max_connections: '60',
  deadlock_timeout: '200ms',
  // FerretDB and tests of prepared transactions share this server.
  max_prepared_transactions: '10',
}
const settingArgs = Object.entries(settings).flatMap(([key, value]) => ['-c', `${key}=${value}`])
const urlOf = (port: number) => `postgres://postgres@127.0.0.1:${port}/postgres`

const environment: ServiceProvider = {
  name: 'environment',
  missing: async () =>
    process.env[environmentName] ? null : `set ${environmentName}=postgres://user:password@host:port/database to use a running server`,
  async start() {
    const url = process.env[environmentName] ?? ''
    await waitUntilReady({ what: `postgres of ${environmentName}`, withinMs: readyWithinMs, probe: () => postgresAnswers(url) })
    const refuse = () => Promise.reject(new Error(`the server of ${environmentName} is not ours to stop or start`))
    const release = async () => undefined
    return {
      name: 'postgres',
      url,
      provider: 'environment',
      limits: ['no-restart'],
      stop: refuse,
      kill: refuse,
      start: refuse,
      dispose: release,
      [Symbol.asyncDispose]: release,
    }
  },
}

const docker: ServiceProvider = {
  name: 'docker',
  missing: missingDocker,
  async start(options) {
    const { GenericContainer } = await import('testcontainers')
    const port = options.port ?? (await freePorts(1))[0] ?? 0
    const url = urlOf(port)
    options.progress(`postgres: starting container ${image}`)
    const container = new GenericContainer(image)
      .withEnvironment({ POSTGRES_HOST_AUTH_METHOD: 'trust', PGPORT: String(port) })
      .withCommand(['postgres', ...settingArgs])
      .withExposedPorts({ container: port, host: port })
    const started = await startContainer(container)
    const ready = () => waitUntilReady({ what: 'postgres', withinMs: readyWithinMs, probe: () => postgresAnswers(url) })
    await ready()
    return {
      name: 'postgres',
      url,
      provider: 'docker',
      limits: [],
      stop: () => started.stop(),
      kill: () => started.kill(),
      start: async () => {
        await started.start()
        await ready()
      },
      dispose: () => started.remove(),
      [Symbol.asyncDispose]: () => started.remove(),
    }
  },
}

const native: ServiceProvider = {
  name: 'native',
  missing: missingPostgres,
  start: (options) => NativePostgres.create(options),
}

export const postgres: Service = { name: 'postgres', providers: [environment, docker, native] }

type User = { readonly uid: number; readonly gid: number } | undefined

class NativePostgres implements ServiceHandle {
  readonly name = 'postgres'
  readonly provider = 'native'
  readonly limits = []
  readonly url: string
  readonly #binaries: string
  readonly #directory: string
  readonly #temporary: boolean
  readonly #user: User
  readonly #port: number
  #process: NativeProcess | null = null

  private constructor(options: { port: number; binaries: string; directory: string; temporary: boolean; user: User }) {
    this.url = urlOf(options.port)
    this.#port = options.port
    this.#binaries = options.binaries
    this.#directory = options.directory
    this.#temporary = options.temporary
    this.#user = options.user
  }

  static async create(options: RequiredServiceOptions): Promise<NativePostgres> {
    const binaries = await postgresBinaries(options.progress)
    const directory = options.dataDirectory ?? (await mkdtemp(join(tmpdir(), 'drakkar-postgres-')))
    await mkdir(directory, { recursive: true })
    const user = await unprivilegedUser()
    if (user !== undefined) await chown(directory, user.uid, user.gid)
    await chmod(directory, 0o700)
    const port = await choosePort(directory, options.port)
    const server = new NativePostgres({ port, binaries, directory, temporary: options.dataDirectory === undefined, user })
    options.progress(`postgres: starting ${binaries} on ${server.url}`)
    if (!existsSync(join(directory, 'data', 'PG_VERSION'))) await server.#initialise()
    await server.start()
    return server
  }

  async start(): Promise<void> {
    if (this.#process !== null) return
    await this.#untilDataIsFree()
    const sockets = ['-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories=']
    const started = await startNative(this.#command('postgres', ['-D', 'data', '-p', String(this.#port), ...sockets, ...settingArgs]))
    this.#process = started
    void started.ended.then(() => {
      if (this.#process === started) this.#process = null
    })
    const what = `postgres on ${this.url} (log: ${join(this.#directory, 'postgres.out')})`
    try {
      await waitUntilReady({ what, withinMs: readyWithinMs, probe: () => postgresAnswers(this.url), ended: started.ended })
    } catch (error) {
      await this.kill()
      throw error
    }
  }

  /** SIGINT, a fast shutdown: SIGTERM would wait for clients to leave. */
  stop(): Promise<void> {
    return this.#end('SIGINT')
  }

  kill(): Promise<void> {
    return this.#end('SIGKILL')
  }

  async dispose(): Promise<void> {
    await this.#end(this.#temporary ? 'SIGKILL' : 'SIGINT')
    await this.#untilDataIsFree()
    if (this.#temporary) await rm(this.#directory, { recursive: true, force: true })
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose()
  }

  async #end(signal: EndSignal): Promise<void> {
    const running = this.#process
    this.#process = null
    await running?.end(signal)
  }

  async #initialise(): Promise<void> {
    const args = ['-D', 'data', '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync', '--no-instructions']
    await runNative(this.#command('initdb', args))
  }

  #command(program: string, args: readonly string[]) {
    const environment = { PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC' }
    const logFile = join(this.#directory, 'postgres.out')
    return { command: join(this.#binaries, program), args, logFile, cwd: this.#directory, user: this.#user, environment }
  }

  /** After SIGKILL its children live on for a moment and hold the data. They run in the data directory. */
  async #untilDataIsFree(): Promise<void> {
    const data = join(this.#directory, 'data')
    const deadlineMs = Date.now() + 10_000
    while (await isInUse(data)) {
      if (Date.now() > deadlineMs) throw new Error(`processes of an earlier server still use ${data}`)
      await sleep(50)
    }
    // The pid in a file left behind may be somebody else's by now.
    await rm(join(data, 'postmaster.pid'), { force: true })
  }
}

/** Linux only; elsewhere the server itself waits or refuses. */
async function isInUse(directory: string): Promise<boolean> {
  const pids = existsSync('/proc') ? (await readdir('/proc')).filter((name) => /^\d+$/.test(name)) : []
  const directories = await Promise.all(pids.map((pid) => readlink(join('/proc', pid, 'cwd')).catch(() => null)))
  return directories.includes(directory)
}

/** PostgreSQL refuses to run as root. */
async function unprivilegedUser(): Promise<User> {
  if (process.getuid?.() !== 0) return undefined
  const [uid, gid] = await Promise.all(['-u', '-g'].map((flag) => commandOutput('id', [flag, 'nobody'])))
  return { uid: Number(uid), gid: Number(gid) }
}

/** Kept with the data, so that a server started again has the same address. */
async function choosePort(directory: string, wanted: number | undefined): Promise<number> {
  const file = join(directory, 'port')
  const kept = existsSync(file) ? Number(await readFile(file, 'utf8')) : undefined
  const port = wanted ?? kept ?? (await freePorts(1))[0] ?? 0
  await writeFile(file, String(port))
  return port
}

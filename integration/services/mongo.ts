/**
 * A server of the MongoDB protocol on loopback, without a password. In Docker it is MongoDB; the native one is FerretDB 1.24,
 * which keeps its documents in a PostgreSQL of its own and has no transactions, write concerns, validators, change streams,
 * or TTL and partial indexes (`limits`: `not-mongodb`).
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { missingDocker, startContainer } from './docker.ts'
import { freePorts } from './free-ports.ts'
import { ferretBinary, missingFerret } from './mongo-binary.ts'
import { mongoAnswers } from './mongo-probe.ts'
import { startNative, type NativeProcess } from './native-process.ts'
import { postgres } from './postgres.ts'
import type { RequiredServiceOptions, Service, ServiceHandle, ServiceLimit, ServiceProvider } from './service.ts'
import { waitUntilReady } from './wait-until-ready.ts'

const image = 'mongo:8'
const environmentName = 'DRAKKAR_TEST_MONGO'
const readyWithinMs = 60_000
const urlOf = (port: number) => `mongodb://127.0.0.1:${port}`

const environment: ServiceProvider = {
  name: 'environment',
  missing: async () =>
    process.env[environmentName] ? null : `set ${environmentName}=mongodb://user:password@host:port to use a running server`,
  async start() {
    const url = process.env[environmentName] ?? ''
    await waitUntilReady({ what: `mongo of ${environmentName}`, withinMs: readyWithinMs, probe: () => mongoAnswers(url) })
    const refuse = () => Promise.reject(new Error(`the server of ${environmentName} is not ours to stop or start`))
    const release = async () => undefined
    return {
      name: 'mongo',
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
    options.progress(`mongo: starting container ${image}`)
    const container = new GenericContainer(image)
      .withCommand(['mongod', '--bind_ip_all', '--port', String(port)])
      .withExposedPorts({ container: port, host: port })
    const started = await startContainer(container)
    const ready = () => waitUntilReady({ what: 'mongo', withinMs: readyWithinMs, probe: () => mongoAnswers(url) })
    await ready()
    return {
      name: 'mongo',
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
  missing: async () => (await missingFerret()) ?? nativePostgres().missing(),
  start: (options) => NativeFerret.create(options),
}

export const mongo: Service = { name: 'mongo', providers: [environment, docker, native] }

/** Never that of the environment or of Docker: this one is stopped and emptied together with FerretDB. */
function nativePostgres(): ServiceProvider {
  const provider = postgres.providers.find(({ name }) => name === 'native')
  if (provider === undefined) throw new Error('PostgreSQL has no native provider')
  return provider
}

class NativeFerret implements ServiceHandle {
  readonly name = 'mongo'
  readonly provider = 'native'
  readonly limits: readonly ServiceLimit[] = ['not-mongodb']
  readonly url: string
  readonly #binary: string
  readonly #postgres: ServiceHandle
  readonly #address: string
  readonly #directory: string
  readonly #temporary: boolean
  #process: NativeProcess | null = null

  private constructor(options: { binary: string; postgres: ServiceHandle; port: number; directory: string; temporary: boolean }) {
    this.url = urlOf(options.port)
    this.#binary = options.binary
    this.#postgres = options.postgres
    this.#address = `127.0.0.1:${options.port}`
    this.#directory = options.directory
    this.#temporary = options.temporary
  }

  static async create({ port: wanted, dataDirectory, progress }: RequiredServiceOptions): Promise<NativeFerret> {
    const binary = await ferretBinary(progress)
    const directory = dataDirectory ?? (await mkdtemp(join(tmpdir(), 'drakkar-mongo-')))
    await mkdir(directory, { recursive: true })
    const kept = dataDirectory === undefined ? {} : { dataDirectory: join(directory, 'postgres') }
    const documents = await nativePostgres().start({ progress, ...kept })
    const port = wanted ?? (await freePorts(1))[0] ?? 0
    const server = new NativeFerret({ binary, postgres: documents, port, directory, temporary: dataDirectory === undefined })
    progress(`mongo: starting FerretDB on ${server.url}`)
    try {
      await server.start()
    } catch (error) {
      await server.dispose()
      throw error
    }
    return server
  }

  async start(): Promise<void> {
    if (this.#process !== null) return
    // FerretDB loses a connection of its pool for good when a client goes away in the middle of an update; with its own limit of 20
    // a few such clients make it stand still.
    const documents = `${this.#postgres.url}?pool_max_conns=50`
    const args = ['-listen', this.#address, '-postgres', documents]
    const logFile = join(this.#directory, 'ferretdb.out')
    const started = await startNative({ command: this.#binary, args, logFile, cwd: this.#directory })
    this.#process = started
    void started.ended.then(() => {
      if (this.#process === started) this.#process = null
    })
    const what = `mongo on ${this.url} (log: ${logFile})`
    try {
      await waitUntilReady({ what, withinMs: readyWithinMs, probe: () => mongoAnswers(this.url), ended: started.ended })
    } catch (error) {
      await this.kill()
      throw error
    }
  }

  stop(): Promise<void> {
    return this.#end('SIGTERM')
  }

  kill(): Promise<void> {
    return this.#end('SIGKILL')
  }

  async dispose(): Promise<void> {
    await this.#end(this.#temporary ? 'SIGKILL' : 'SIGTERM')
    await this.#postgres.dispose()
    if (this.#temporary) await rm(this.#directory, { recursive: true, force: true })
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose()
  }

  async #end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const running = this.#process
    this.#process = null
    await running?.end(signal)
  }
}

/**
 * Redis on loopback, without a password. Every command is in the append-only file before it is answered, but the file is not
 * synchronised: what was answered survives the end of the server, however it ends, but not a crash of the machine.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { missingDocker, startContainer } from './docker.ts'
import { freePorts } from './free-ports.ts'
import { startNative, type NativeProcess } from './native-process.ts'
import { missingRedis, redisBinary } from './redis-binary.ts'
import { redisAnswers } from './redis-probe.ts'
import type { RequiredServiceOptions, Service, ServiceHandle, ServiceProvider } from './service.ts'
import { waitUntilReady } from './wait-until-ready.ts'

const image = 'redis:7-alpine'
const environmentName = 'DRAKKAR_TEST_REDIS'
const readyWithinMs = 30_000
const settings = ['--save', '', '--appendonly', 'yes', '--appendfsync', 'no', '--daemonize', 'no']
const urlOf = (port: number) => `redis://127.0.0.1:${port}`

const environment: ServiceProvider = {
  name: 'environment',
  missing: async () =>
    process.env[environmentName] ? null : `set ${environmentName}=redis://user:password@host:port to use a running server`,
  async start() {
    const url = process.env[environmentName] ?? ''
    await waitUntilReady({ what: `redis of ${environmentName}`, withinMs: readyWithinMs, probe: () => redisAnswers(url) })
    const refuse = () => Promise.reject(new Error(`the server of ${environmentName} is not ours to stop or start`))
    const release = async () => undefined
    return {
      name: 'redis',
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
    options.progress(`redis: starting container ${image}`)
    const container = new GenericContainer(image)
      .withCommand(['redis-server', '--port', String(port), ...settings])
      .withExposedPorts({ container: port, host: port })
    const started = await startContainer(container)
    const ready = () => waitUntilReady({ what: 'redis', withinMs: readyWithinMs, probe: () => redisAnswers(url) })
    await ready()
    return {
      name: 'redis',
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
  missing: missingRedis,
  start: (options) => NativeRedis.create(options),
}

export const redis: Service = { name: 'redis', providers: [environment, docker, native] }

class NativeRedis implements ServiceHandle {
  readonly name = 'redis'
  readonly provider = 'native'
  readonly limits = []
  readonly url: string
  readonly #binary: string
  readonly #port: number
  readonly #directory: string
  readonly #temporary: boolean
  #process: NativeProcess | null = null

  private constructor(options: { binary: string; port: number; directory: string; temporary: boolean }) {
    this.url = urlOf(options.port)
    this.#binary = options.binary
    this.#port = options.port
    this.#directory = options.directory
    this.#temporary = options.temporary
  }

  static async create(options: RequiredServiceOptions): Promise<NativeRedis> {
    const binary = await redisBinary(options.progress)
    const directory = options.dataDirectory ?? (await mkdtemp(join(tmpdir(), 'drakkar-redis-')))
    await mkdir(directory, { recursive: true })
    const port = options.port ?? (await freePorts(1))[0] ?? 0
    const server = new NativeRedis({ binary, port, directory, temporary: options.dataDirectory === undefined })
    options.progress(`redis: starting ${binary} on ${server.url}`)
    await server.start()
    return server
  }

  async start(): Promise<void> {
    if (this.#process !== null) return
    const args = ['--bind', '127.0.0.1', '--port', String(this.#port), '--dir', this.#directory, ...settings]
    const logFile = join(this.#directory, 'redis.out')
    const started = await startNative({ command: this.#binary, args, logFile, cwd: this.#directory })
    this.#process = started
    void started.ended.then(() => {
      if (this.#process === started) this.#process = null
    })
    const what = `redis on ${this.url} (log: ${logFile})`
    try {
      await waitUntilReady({ what, withinMs: readyWithinMs, probe: () => redisAnswers(this.url), ended: started.ended })
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

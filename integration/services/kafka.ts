/**
 * Apache Kafka, one KRaft node on loopback. Topics are not created by themselves, so that a missing topic is missing.
 */
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { randomBytes } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { missingDocker, startContainer } from './docker.ts'
import { freePorts } from './free-ports.ts'
import { kafkaAnswers } from './kafka-probe.ts'
import { installJars, missingForMaven, type MavenArtifacts } from './maven.ts'
import { commandWorks, runNative, startNative, type NativeProcess } from './native-process.ts'
import type { RequiredServiceOptions, Service, ServiceHandle, ServiceProvider } from './service.ts'
import { waitUntilReady } from './wait-until-ready.ts'

const kafkaVersion = '4.3.1'
const environmentName = 'DRAKKAR_TEST_KAFKA'
const readyWithinMs = 60_000
const brokerSettings = {
  'num.partitions': '1',
  'offsets.topic.replication.factor': '1',
  'offsets.topic.num.partitions': '1',
  'transaction.state.log.replication.factor': '1',
  'transaction.state.log.min.isr': '1',
  'transaction.state.log.num.partitions': '1',
  'share.coordinator.state.topic.replication.factor': '1',
  'share.coordinator.state.topic.min.isr': '1',
  'group.initial.rebalance.delay.ms': '0',
  'auto.create.topics.enable': 'false',
  // With the default of 9 s a broker killed and started again is refused for that long.
  'broker.session.timeout.ms': '3000',
  'broker.heartbeat.interval.ms': '500',
}
const artifacts: MavenArtifacts = {
  name: `kafka-${kafkaVersion}`,
  coordinates: [`org.apache.kafka:kafka_2.13:${kafkaVersion}`, 'org.slf4j:slf4j-simple:1.7.36'],
}

const environment: ServiceProvider = {
  name: 'environment',
  missing: async () => (process.env[environmentName] ? null : `set ${environmentName}=host:port to use a running broker`),
  async start() {
    const url = process.env[environmentName] ?? ''
    await waitUntilReady({ what: `kafka at ${environmentName}=${url}`, withinMs: readyWithinMs, probe: () => kafkaAnswers(url) })
    const refuse = () => Promise.reject(new Error(`the broker of ${environmentName} is not ours to stop or start`))
    const release = async () => undefined
    return {
      name: 'kafka',
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
    const url = `127.0.0.1:${port}`
    const { settings } = options
    const listen = brokerProperties({ port, controllerPort: 9093, bind: '0.0.0.0', logDirectory: '/tmp/kafka-logs', settings })
    const variables = Object.entries(listen).map(([key, value]) => [`KAFKA_${key.replaceAll('.', '_').toUpperCase()}`, value])
    options.progress(`kafka: starting container apache/kafka:${kafkaVersion}`)
    const container = new GenericContainer(`apache/kafka:${kafkaVersion}`)
      .withEnvironment(Object.fromEntries(variables))
      .withExposedPorts({ container: port, host: port })
    const started = await startContainer(container)
    const ready = () => waitUntilReady({ what: 'kafka', withinMs: readyWithinMs, probe: () => kafkaAnswers(url) })
    await ready()
    return {
      name: 'kafka',
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
  async missing() {
    if (process.platform === 'win32') return 'native servers are for Linux and macOS; use Docker'
    if (!(await commandWorks('java', ['-version']))) return 'install Java 17 or later (`java`)'
    return missingForMaven(artifacts)
  },
  start: (options) => NativeKafka.create(options),
}

export const kafka: Service = { name: 'kafka', providers: [environment, docker, native] }

/** Class path of Kafka's own command-line tools, for tests that want records written by Java. Needs Java and Maven. */
export async function kafkaClassPath(progress: (line: string) => void): Promise<string> {
  return `${await installJars(artifacts, progress)}/*`
}

interface Listening {
  readonly port: number
  readonly controllerPort: number
  readonly bind: string
  readonly logDirectory: string
  readonly settings: RequiredServiceOptions['settings']
}

function brokerProperties(listening: Listening): Record<string, string> {
  const { port, controllerPort, bind } = listening
  return {
    'process.roles': 'broker,controller',
    'node.id': '1',
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    listeners: `PLAINTEXT://${bind}:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}`,
    'controller.listener.names': 'CONTROLLER',
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'log.dirs': listening.logDirectory,
    ...brokerSettings,
    ...listening.settings,
  }
}

class NativeKafka implements ServiceHandle {
  readonly name = 'kafka'
  readonly provider = 'native'
  readonly limits = []
  readonly url: string
  readonly #directory: string
  readonly #temporary: boolean
  readonly #javaArgs: readonly string[]
  #process: NativeProcess | null = null

  private constructor(options: { url: string; directory: string; temporary: boolean; javaArgs: readonly string[] }) {
    this.url = options.url
    this.#directory = options.directory
    this.#temporary = options.temporary
    this.#javaArgs = options.javaArgs
  }

  static async create(options: RequiredServiceOptions): Promise<NativeKafka> {
    const jars = await installJars(artifacts, options.progress)
    const directory = options.dataDirectory ?? (await mkdtemp(join(tmpdir(), 'drakkar-kafka-')))
    await mkdir(directory, { recursive: true })
    const [port = 0, controllerPort = 0] = await choosePorts(directory, options.port)
    const memory = ['-Xms64m', '-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=4']
    const javaArgs = [...memory, '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn', '-cp', `${jars}/*`]
    const logDirectory = join(directory, 'log')
    const properties = brokerProperties({ port, controllerPort, bind: '127.0.0.1', logDirectory, settings: options.settings })
    const lines = Object.entries(properties).map(([key, value]) => `${key}=${value}\n`)
    await writeFile(join(directory, 'server.properties'), lines.join(''))
    const temporary = options.dataDirectory === undefined
    const broker = new NativeKafka({ url: `127.0.0.1:${port}`, directory, temporary, javaArgs })
    options.progress(`kafka ${kafkaVersion}: starting on ${broker.url}`)
    if (!existsSync(join(logDirectory, 'meta.properties'))) await broker.#format()
    await broker.start()
    return broker
  }

  async start(): Promise<void> {
    if (this.#process !== null) return
    const started = await startNative(this.#java(['kafka.Kafka', 'server.properties']))
    this.#process = started
    void started.ended.then(() => {
      if (this.#process === started) this.#process = null
    })
    const what = `kafka on ${this.url} (log: ${join(this.#directory, 'kafka.out')})`
    try {
      await waitUntilReady({ what, withinMs: readyWithinMs, probe: () => kafkaAnswers(this.url), ended: started.ended })
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

  async #format(): Promise<void> {
    // A leading letter: Kafka's tools read a leading '-' as an option.
    const clusterId = `K${randomBytes(16).toString('base64url').slice(0, 21)}`
    await runNative(this.#java(['kafka.tools.StorageTool', 'format', '-t', clusterId, '-c', 'server.properties']))
  }

  #java(args: readonly string[]) {
    const logFile = join(this.#directory, 'kafka.out')
    return { command: 'java', args: [...this.#javaArgs, ...args], logFile, cwd: this.#directory }
  }
}

/** Ports are kept with the data: the controller's address is part of it. */
async function choosePorts(directory: string, wanted: number | undefined): Promise<readonly number[]> {
  const file = join(directory, 'ports.json')
  const kept: unknown = existsSync(file) ? JSON.parse(await readFile(file, 'utf8')) : null
  if (Array.isArray(kept) && typeof kept[0] === 'number' && (wanted === undefined || kept[0] === wanted)) return kept
  const [first = 0, second = 0] = await freePorts(2)
  const ports = [wanted ?? first, second]
  await writeFile(file, JSON.stringify(ports))
  return ports
}

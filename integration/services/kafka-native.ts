/** Apache Kafka from jars, as a process of ours: one KRaft node on loopback, broker and controller at once. */
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { freePorts } from './free-ports.ts'
import { kafkaAnswers } from './kafka-probe.ts'
import { type KafkaNode, kafkaProperties } from './kafka-properties.ts'
import { installJars, missingForMaven, type MavenArtifacts } from './maven.ts'
import { commandWorks, runNative, startNative, type NativeProcess } from './native-process.ts'
import type { RequiredServiceOptions, ServiceHandle } from './service.ts'
import { waitUntilReady } from './wait-until-ready.ts'

export const kafkaVersion = '4.3.1'
export const kafkaReadyWithinMs = 60_000
const kafkaArtifacts: MavenArtifacts = {
  name: `kafka-${kafkaVersion}`,
  coordinates: [`org.apache.kafka:kafka_2.13:${kafkaVersion}`, 'org.slf4j:slf4j-simple:1.7.36'],
}

/** Null when Kafka can be run natively, else what is missing, as advice. */
export async function missingForNativeKafka(): Promise<string | null> {
  if (process.platform === 'win32') return 'native servers are for Linux and macOS; use Docker'
  if (!(await commandWorks('java', ['-version']))) return 'install Java 17 or later (`java`)'
  return missingForMaven(kafkaArtifacts)
}

/** Class path of Kafka's own command-line tools, for tests that want records written by Java. Needs Java and Maven. */
export async function kafkaClassPath(progress: (line: string) => void): Promise<string> {
  return `${await installJars(kafkaArtifacts, progress)}/*`
}

/** What the nodes of one cluster have in common, and which of them this is. */
export interface ClusterPlace {
  readonly clusterId: string
  readonly node: KafkaNode
  readonly nodes: readonly KafkaNode[]
}

export function newClusterId(): string {
  // A leading letter: Kafka's tools read a leading '-' as an option.
  return `K${randomBytes(16).toString('base64url').slice(0, 21)}`
}

export class NativeKafka implements ServiceHandle {
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

  /** A cluster of its own, unless a place in a larger one is given. */
  static async create(options: RequiredServiceOptions, place?: ClusterPlace): Promise<NativeKafka> {
    const jars = await installJars(kafkaArtifacts, options.progress)
    const directory = options.dataDirectory ?? (await mkdtemp(join(tmpdir(), 'drakkar-kafka-')))
    await mkdir(directory, { recursive: true })
    const node = place?.node ?? (await chooseNode(directory, options.port))
    const memory = ['-Xms64m', '-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=4']
    const javaArgs = [...memory, '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn', '-cp', `${jars}/*`]
    const logDirectory = join(directory, 'log')
    const nodes = place?.nodes ?? [node]
    const properties = kafkaProperties({ node, nodes, bind: '127.0.0.1', logDirectory, settings: options.settings })
    const lines = Object.entries(properties).map(([key, value]) => `${key}=${value}\n`)
    await writeFile(join(directory, 'server.properties'), lines.join(''))
    const temporary = options.dataDirectory === undefined
    const broker = new NativeKafka({ url: `127.0.0.1:${node.port}`, directory, temporary, javaArgs })
    options.progress(`kafka ${kafkaVersion}: starting on ${broker.url}`)
    if (!existsSync(join(logDirectory, 'meta.properties'))) await broker.#format(place?.clusterId ?? newClusterId())
    await broker.start()
    return broker
  }

  get pid(): number | undefined {
    return this.#process?.pid
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
      await waitUntilReady({ what, withinMs: kafkaReadyWithinMs, probe: () => kafkaAnswers(this.url), ended: started.ended })
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

  async #format(clusterId: string): Promise<void> {
    await runNative(this.#java(['kafka.tools.StorageTool', 'format', '-t', clusterId, '-c', 'server.properties']))
  }

  #java(args: readonly string[]) {
    const logFile = join(this.#directory, 'kafka.out')
    return { command: 'java', args: [...this.#javaArgs, ...args], logFile, cwd: this.#directory }
  }
}

/** Ports are kept with the data: the controller's address is part of it. */
async function chooseNode(directory: string, wanted: number | undefined): Promise<KafkaNode> {
  const file = join(directory, 'ports.json')
  const kept: unknown = existsSync(file) ? JSON.parse(await readFile(file, 'utf8')) : null
  if (Array.isArray(kept) && typeof kept[0] === 'number' && (wanted === undefined || kept[0] === wanted)) {
    return { id: 1, port: kept[0], controllerPort: Number(kept[1]) }
  }
  const [first = 0, second = 0] = await freePorts(2)
  const port = wanted ?? first
  await writeFile(file, JSON.stringify([port, second]))
  return { id: 1, port, controllerPort: second }
}

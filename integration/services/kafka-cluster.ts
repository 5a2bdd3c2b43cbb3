/**
 * Several Kafka nodes on loopback that are one cluster: everything is replicated to all of them, and it works as long as most of them
 * are there. Native only, because tests stop its brokers one by one.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { freePorts } from './free-ports.ts'
import { missingForNativeKafka, NativeKafka, newClusterId } from './kafka-native.ts'
import type { KafkaNode } from './kafka-properties.ts'
import type { ServiceHandle } from './service.ts'

export interface KafkaCluster extends AsyncDisposable {
  /** Bootstrap addresses of all brokers, separated by commas. */
  readonly url: string
  /** By their node ids, 1 and up. */
  readonly brokers: ReadonlyMap<number, ServiceHandle>
}

/** Rejects when Kafka cannot be run natively here. */
export async function startKafkaCluster(count: number, settings: Readonly<Record<string, string>> = {}): Promise<KafkaCluster> {
  const missing = await missingForNativeKafka()
  if (missing !== null) throw new Error(`a cluster of Kafka brokers cannot be had: ${missing}`)
  const directory = await mkdtemp(join(tmpdir(), 'drakkar-kafka-cluster-'))
  const nodes = await chooseNodes(count)
  const clusterId = newClusterId()
  const progress = (line: string) => process.stderr.write(`${line}\n`)
  const started = await Promise.allSettled(
    nodes.map((node) => {
      const dataDirectory = join(directory, `node-${node.id}`)
      return NativeKafka.create({ dataDirectory, settings, progress }, { clusterId, node, nodes })
    }),
  )
  const running = started.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
  const dispose = async (): Promise<void> => {
    // One after the other they would wait for a majority that is gone.
    await Promise.all(running.map((broker) => broker.kill()))
    await rm(directory, { recursive: true, force: true })
  }
  const failed = started.find((one) => one.status === 'rejected')
  if (failed !== undefined) {
    await dispose()
    throw failed.reason
  }
  return {
    url: nodes.map(({ port }) => `127.0.0.1:${port}`).join(','),
    brokers: new Map(nodes.flatMap(({ id }, index) => (running[index] === undefined ? [] : [[id, running[index]] as const]))),
    [Symbol.asyncDispose]: dispose,
  }
}

async function chooseNodes(count: number): Promise<readonly KafkaNode[]> {
  const ports = await freePorts(count * 2)
  return Array.from({ length: count }, (_, index) => ({
    id: index + 1,
    port: ports[index * 2] ?? 0,
    controllerPort: ports[index * 2 + 1] ?? 0,
  }))
}

/**
 * Apache Kafka, one KRaft node on loopback. Topics are not created by themselves, so that a missing topic is missing.
 */
import { missingDocker, startContainer } from './docker.ts'
import { freePorts } from './free-ports.ts'
import { kafkaAnswers } from './kafka-probe.ts'
import { kafkaReadyWithinMs, kafkaVersion, missingForNativeKafka, NativeKafka } from './kafka-native.ts'
import { kafkaProperties } from './kafka-properties.ts'
import type { Service, ServiceProvider } from './service.ts'
import { waitUntilReady } from './wait-until-ready.ts'

const environmentName = 'DRAKKAR_TEST_KAFKA'

const environment: ServiceProvider = {
  name: 'environment',
  missing: async () => (process.env[environmentName] ? null : `set ${environmentName}=host:port to use a running broker`),
  async start() {
    const url = process.env[environmentName] ?? ''
    await waitUntilReady({ what: `kafka at ${environmentName}=${url}`, withinMs: kafkaReadyWithinMs, probe: () => kafkaAnswers(url) })
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
    const node = { id: 1, port, controllerPort: 9093 }
    const listen = kafkaProperties({ node, nodes: [node], bind: '0.0.0.0', logDirectory: '/tmp/kafka-logs', settings })
    const variables = Object.entries(listen).map(([key, value]) => [`KAFKA_${key.replaceAll('.', '_').toUpperCase()}`, value])
    options.progress(`kafka: starting container apache/kafka:${kafkaVersion}`)
    const container = new GenericContainer(`apache/kafka:${kafkaVersion}`)
      .withEnvironment(Object.fromEntries(variables))
      .withExposedPorts({ container: port, host: port })
    const started = await startContainer(container)
    const ready = () => waitUntilReady({ what: 'kafka', withinMs: kafkaReadyWithinMs, probe: () => kafkaAnswers(url) })
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
  missing: missingForNativeKafka,
  start: (options) => NativeKafka.create(options),
}

export const kafka: Service = { name: 'kafka', providers: [environment, docker, native] }

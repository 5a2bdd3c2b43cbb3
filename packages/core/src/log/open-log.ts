/** Configuration → message log. The clients are imported only when they are used. */
import type { SourceConnection } from '@drakkar/plugin-sdk'
import type { LogOpenContext, MessageLog } from '@drakkar/plugin-sdk/log'
import type { DrakkarConfig } from '../config/schema.ts'
import { sourceNames } from '../config/source-names.ts'

export type LogConfig = Pick<DrakkarConfig, 'kafka' | 'embedded' | 'dlq'>

/** The topic the worker consumes. */
export function sourceTopicOf(config: LogConfig): string {
  return sourceNames(config).sourceTopic
}

/** The log of the source: embedded when the configuration has that section, else Kafka. Connects to nothing yet. */
export async function openLog(config: LogConfig, context: LogOpenContext): Promise<MessageLog> {
  if (config.embedded !== null) {
    const { openEmbeddedLog } = await import('./embedded/embedded-log.ts')
    return openEmbeddedLog({ path: config.embedded.path, ...context })
  }
  const { KafkaLog } = await import('./kafka/kafka-log.ts')
  return new KafkaLog(config.kafka, context)
}

/** A log of its own for dead letters, when `dlq.brokers` names another cluster than the source's; else null. */
export async function openDeadLetterLog(config: LogConfig, context: LogOpenContext): Promise<MessageLog | null> {
  if (config.dlq.brokers === '' || (config.embedded === null && config.dlq.brokers === config.kafka.brokers)) return null
  const { KafkaLog } = await import('./kafka/kafka-log.ts')
  return new KafkaLog({ ...config.kafka, brokers: config.dlq.brokers }, context)
}

/** What Kafka sinks inherit; null when the source is not Kafka. */
export function sourceConnectionOf(config: LogConfig): SourceConnection | null {
  if (config.embedded !== null) return null
  const { brokers, tls, sasl } = config.kafka
  return { brokers: brokers.split(',').map((broker) => broker.trim()), tls, sasl }
}

/** The dead-letter topic of a configuration, chosen as the worker chooses it (spec RPL-3), and where its letters can go. */
import type { LogOpenContext, MessageLog } from '@drakkar/plugin-sdk/log'
import { sourceNames } from '../config/source-names.ts'
import { openDeadLetterLog, openLog, type LogConfig } from '../log/open-log.ts'
import { shareBroker } from './same-brokers.ts'

export interface OpenedDeadLetters {
  readonly log: MessageLog
  readonly topic: string
  readonly sourceTopic: string
  /** Brokers of the dead-letter topic, or `embedded <path>`. */
  readonly brokers: string
}

/** Connects to nothing yet. */
export async function openDeadLetters(config: LogConfig, context: LogOpenContext): Promise<OpenedDeadLetters> {
  const { deadLetterTopic, sourceTopic } = sourceNames(config)
  const log = (await openDeadLetterLog(config, context)) ?? (await openLog(config, context))
  return { log, topic: deadLetterTopic, sourceTopic, brokers: brokersOf(config) }
}

function brokersOf({ kafka, embedded, dlq }: LogConfig): string {
  if (dlq.brokers !== '') return dlq.brokers
  return embedded === null ? kafka.brokers : `embedded ${embedded.path}`
}

/** Kafka at other brokers, with TLS and credentials as configured for the source. */
export function openTargetLog(config: LogConfig, brokers: string, context: LogOpenContext): Promise<MessageLog> {
  return openLog({ ...config, embedded: null, kafka: { ...config.kafka, brokers } }, context)
}

/** A replay into its own dead-letter topic would never end (spec RPL-17). */
export function isOwnTopic(letters: Pick<OpenedDeadLetters, 'topic' | 'brokers'>, target: { topic: string; brokers: string }): boolean {
  return letters.topic === target.topic && shareBroker(letters.brokers, target.brokers)
}

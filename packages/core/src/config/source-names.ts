/** What the configuration chooses as source and dead-letter topic, whichever log it is. Pure. */
import type { DrakkarConfig } from './schema.ts'

export interface SourceNames {
  readonly log: 'kafka' | 'embedded'
  readonly sourceTopic: string
  /** `dlq.topic`, else `<source_topic>_dlq` (CFG-39). */
  readonly deadLetterTopic: string
  readonly consumerGroup: string
}

export function sourceNames({ kafka, embedded, dlq }: Pick<DrakkarConfig, 'kafka' | 'embedded' | 'dlq'>): SourceNames {
  const sourceTopic = embedded === null ? kafka.source_topic : embedded.source_topic
  return {
    log: embedded === null ? 'kafka' : 'embedded',
    sourceTopic,
    deadLetterTopic: dlq.topic === '' ? `${sourceTopic}_dlq` : dlq.topic,
    consumerGroup: kafka.consumer_group,
  }
}

/** The way to kafkajs's cluster: it is what a partition assigner is made with. */
import kafkajs from 'kafkajs'
import type { Cluster, Consumer, ConsumerConfig, KafkaConfig, PartitionAssigner } from 'kafkajs'

import type { KafkaCluster } from './cluster-types.ts'
import { watchConnections } from './dead-connections.ts'

export interface ConsumerWithCluster {
  readonly consumer: Consumer
  readonly cluster: KafkaCluster
}

/**
 * A kafkajs consumer of its own `Kafka` instance, together with its cluster. `assigner` is preferred; round robin is
 * offered beside it, so that members of other clients can be in the group while one replaces the other.
 */
export function createConsumer(config: KafkaConfig, options: ConsumerConfig, assigner?: PartitionAssigner): ConsumerWithCluster {
  let cluster: Cluster | null = null
  const capturing: PartitionAssigner = (context) => {
    cluster = context.cluster
    return kafkajs.PartitionAssigners.roundRobin(context)
  }
  const partitionAssigners = assigner === undefined ? [capturing] : [assigner, capturing]
  const connections = watchConnections(config)
  const consumer = new kafkajs.Kafka(connections.config).consumer({ ...options, partitionAssigners })
  consumer.on(consumer.events.REQUEST_TIMEOUT, connections.onRequestTimeout)
  if (cluster === null) throw new Error('kafkajs made a consumer without making its assigner')
  return { consumer, cluster: cluster as KafkaCluster }
}

/**
 * The part of kafkajs's cluster that this adapter uses directly. kafkajs hands its cluster to partition assigners; its
 * declarations leave out some methods, which are declared here and checked by `kafkajs-facts.test.ts`.
 */
import type { Broker, Cluster, IHeaders } from 'kafkajs'

/** A record as kafkajs decodes it. */
export interface FetchedMessage {
  readonly offset: string
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly timestamp: string
  readonly headers?: IHeaders
  readonly isControlRecord?: boolean
  readonly batchContext?: { readonly producerId: string; readonly inTransaction: boolean }
}

export interface AbortedTransaction {
  readonly producerId: string
  readonly firstOffset: string
}

export interface FetchedPartition {
  readonly partition: number
  readonly highWatermark: string
  readonly abortedTransactions?: readonly AbortedTransaction[]
  readonly messages: readonly FetchedMessage[]
}

export interface PartitionDescription {
  readonly partitionId: number
  /** Node id; negative while there is no leader. */
  readonly leader: number
}

/** What requests of a group's member have in common. */
export interface MemberRequest {
  readonly memberId: string
}

export interface HeartbeatRequest extends MemberRequest {
  readonly groupGenerationId: number
}

interface UntypedMethods {
  readonly nodeId: string
  metadata(topics: string[]): Promise<{ topicMetadata: { topic: string; partitionMetadata: PartitionDescription[] }[] }>
  listOffsets(request: {
    isolationLevel: number
    topics: { topic: string; partitions: { partition: number; timestamp: number }[] }[]
  }): Promise<{ responses: { topic: string; partitions: { partition: number; offset: string }[] }[] }>
  fetch(request: {
    isolationLevel: number
    maxWaitTime: number
    minBytes: number
    maxBytes: number
    topics: { topic: string; partitions: { partition: number; fetchOffset: string; maxBytes: number }[] }[]
    rackId: string
  }): Promise<{ responses: { topicName: string; partitions: FetchedPartition[] }[] }>
  offsetFetch(request: {
    groupId: string
    topics: { topic: string; partitions: { partition: number }[] }[]
  }): Promise<{ responses: { topic: string; partitions: { partition: number; offset: string }[] }[] }>
  createTopics(request: {
    topics: { topic: string; numPartitions: number; replicationFactor: number }[]
    timeout: number
  }): Promise<unknown>
  deleteRecords(request: { topics: { topic: string; partitions: { partition: number; offset: string }[] }[] }): Promise<unknown>
  joinGroup(request: MemberRequest): Promise<{ generationId: number; memberId: string }>
  syncGroup(request: MemberRequest): Promise<{ memberAssignment: Buffer }>
  heartbeat(request: HeartbeatRequest): Promise<unknown>
  leaveGroup(request: MemberRequest): Promise<unknown>
  /** Which version of a request this broker understands. Set anew with every connection. */
  lookupRequest: (apiKey: number, definition: unknown) => (request: object) => unknown
}

export type KafkaBroker = Omit<Broker, keyof UntypedMethods> & UntypedMethods

/** kafkajs's cluster with brokers that have all their methods. */
export type KafkaCluster = Omit<Cluster, 'findBroker' | 'findGroupCoordinator' | 'findControllerBroker'> & {
  findBroker(node: { nodeId: string | number }): Promise<KafkaBroker>
  findGroupCoordinator(group: { groupId: string }): Promise<KafkaBroker>
  findControllerBroker(): Promise<KafkaBroker>
}

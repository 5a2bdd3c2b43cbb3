/**
 * A `KafkaClient` on a cluster in memory. It keeps what is sent and fails on demand: unreachable, silent, a record that is too
 * large, an error for the next request, records that are forgotten without an error.
 */
import type { KafkaClient } from '../src/client.ts'
import type { OutgoingRecord } from '../src/request.ts'

export class FakeCluster {
  /** Records in the order of their arrival. */
  readonly records: OutgoingRecord[] = []
  /** Every request, also the refused ones. */
  readonly requests: (readonly OutgoingRecord[])[] = []
  readonly topics: Map<string, number>
  openConnections = 0
  isReachable = true
  maxValueBytes = 1_000_000
  /** Taken by the next requests, one each. */
  readonly nextErrors: Error[] = []
  /** Records that fail their request for a passing reason. */
  failsForNow: (record: OutgoingRecord) => boolean = () => false
  /** Records the broker does not acknowledge. */
  isForgotten: (record: OutgoingRecord) => boolean = () => false
  #gate: Promise<void> = Promise.resolve()
  #openGate: () => void = () => {}

  constructor(topics: Readonly<Record<string, number>> = { results: 3 }) {
    this.topics = new Map(Object.entries(topics))
  }

  stall(): void {
    this.#gate = new Promise((resolve) => {
      this.#openGate = resolve
    })
  }

  unstall(): void {
    this.#openGate()
  }

  createClient(): KafkaClient {
    let isOpen = false
    return {
      connect: async () => {
        await this.#answering()
        if (!isOpen) this.openConnections += 1
        isOpen = true
      },
      countPartitions: async (topic) => {
        await this.#answering()
        return this.topics.get(topic) ?? refuse('UNKNOWN_TOPIC_OR_PARTITION', true)
      },
      send: (records) => this.#send(records),
      disconnect: async () => {
        if (isOpen) this.openConnections -= 1
        isOpen = false
      },
    }
  }

  async #send(records: readonly OutgoingRecord[]): Promise<readonly OutgoingRecord[]> {
    this.requests.push(records)
    await this.#answering()
    const error = this.nextErrors.shift()
    if (error !== undefined) throw error
    if (records.some(this.failsForNow)) refuse('NOT_ENOUGH_REPLICAS', true)
    if (records.some((record) => !this.topics.has(record.topic))) refuse('UNKNOWN_TOPIC_OR_PARTITION', true)
    if (records.some(({ message }) => message.value.byteLength > this.maxValueBytes)) refuse('MESSAGE_TOO_LARGE', false)
    const forgotten = records.filter(this.isForgotten)
    this.records.push(...records.filter((record) => !forgotten.includes(record)))
    return forgotten
  }

  async #answering(): Promise<void> {
    await this.#gate
    if (!this.isReachable) throw connectionError()
  }
}

/** As kafkajs throws it when its own retries are used up. */
export function connectionError(): Error {
  const cause = Object.assign(new Error('connect ECONNREFUSED'), { name: 'KafkaJSConnectionError', code: 'ECONNREFUSED', retriable: true })
  return Object.assign(new Error('connect ECONNREFUSED', { cause }), { name: 'KafkaJSNumberOfRetriesExceeded', retriable: false })
}

export function protocolError(type: string, retriable: boolean): Error {
  return Object.assign(new Error(`the broker says ${type}`), { name: 'KafkaJSProtocolError', type, retriable })
}

function refuse(type: string, retriable: boolean): never {
  throw protocolError(type, retriable)
}

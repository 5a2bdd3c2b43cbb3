/** The broker of a stage as its operator sees it: processes and topics, never through the worker's proxy. */
import kafkajs, { type Admin } from 'kafkajs'
import type { ServiceHandle } from '../../services/service.ts'
import { until } from '../../support/faults/waiting.ts'

export interface TopicOptions {
  readonly partitions: number
  readonly settings?: Readonly<Record<string, string>>
}

export class BrokerControl {
  readonly #service: ServiceHandle
  #isFrozen = false

  constructor(service: ServiceHandle) {
    this.#service = service
  }

  /** `host:port`. */
  get address(): string {
    return this.#service.url
  }

  /** Clean: SIGTERM. */
  stop(): Promise<void> {
    return this.#service.stop()
  }

  /** As a crash: SIGKILL. */
  kill(): Promise<void> {
    return this.#service.kill()
  }

  /** With its data, on its port; resolves when it answers. */
  start(): Promise<void> {
    return this.#service.start()
  }

  /** SIGSTOP: its connections stay open and nothing comes. */
  freeze(): void {
    this.#signal('SIGSTOP')
    this.#isFrozen = true
  }

  thaw(): void {
    if (!this.#isFrozen) return
    this.#signal('SIGCONT')
    this.#isFrozen = false
  }

  /** Runs again, whatever was done to it. */
  async restore(): Promise<void> {
    this.thaw()
    if (!this.#service.limits.includes('no-restart')) await this.start()
  }

  async createTopic(topic: string, { partitions, settings = {} }: TopicOptions): Promise<void> {
    const configEntries = Object.entries(settings).map(([name, value]) => ({ name, value }))
    await this.#admin(async (admin) => {
      await admin.createTopics({ waitForLeaders: false, topics: [{ topic, numPartitions: partitions, configEntries }] })
      await until(() => hasLeaders(admin, topic, partitions), { what: `${topic} has leaders`, withinMs: 30_000 })
    })
  }

  async addPartitions(topic: string, count: number): Promise<void> {
    await this.#admin((admin) => admin.createPartitions({ topicPartitions: [{ topic, count }] }))
  }

  /** As retention would: what is below is gone. */
  async deleteRecords(topic: string, before: ReadonlyMap<number, number>): Promise<void> {
    const partitions = [...before].map(([partition, offset]) => ({ partition, offset: String(offset) }))
    await this.#admin(async (admin) => {
      // The client deletes only in topics it has been asked about.
      await admin.fetchTopicOffsets(topic)
      await admin.deleteTopicRecords({ topic, partitions })
    })
  }

  /** End offsets. */
  async ends(topic: string): Promise<ReadonlyMap<number, number>> {
    const offsets = await this.#admin((admin) => admin.fetchTopicOffsets(topic))
    return new Map(offsets.map(({ partition, high }) => [partition, Number(high)]))
  }

  /** `Stable`, `PreparingRebalance`, `Empty`, …, and how many members. */
  async group(groupId: string): Promise<{ readonly state: string; readonly members: number }> {
    const { groups } = await this.#admin((admin) => admin.describeGroups([groupId]))
    return { state: groups[0]?.state ?? 'Unknown', members: groups[0]?.members.length ?? 0 }
  }

  /** Resolves when the group has this many members and is stable; rejects after the time. */
  async untilStable(groupId: string, members: number, withinMs = 30_000): Promise<void> {
    let group = ''
    const isStable = async (): Promise<boolean> => {
      const { state, members: count } = await this.group(groupId)
      group = `${state} with ${count} members`
      return state === 'Stable' && count === members
    }
    await until(isStable, { what: `${groupId} is stable with ${members}`, withinMs, details: () => group })
  }

  #signal(signal: NodeJS.Signals): void {
    const { pid } = this.#service
    if (pid === undefined) throw new Error('the broker is no process of ours')
    process.kill(pid, signal)
  }

  /** A connection for each question: an idle one would not live through the faults. */
  async #admin<T>(ask: (admin: Admin) => Promise<T>): Promise<T> {
    const admin = new kafkajs.Kafka({ brokers: [this.address], logLevel: kafkajs.logLevel.NOTHING }).admin()
    await admin.connect()
    try {
      return await ask(admin)
    } finally {
      await admin.disconnect()
    }
  }
}

/** A topic that was just made is not there yet for some. */
async function hasLeaders(admin: Admin, topic: string, partitions: number): Promise<boolean> {
  const { topics } = await admin.fetchTopicMetadata({ topics: [topic] }).catch(() => ({ topics: [] }))
  return topics[0]?.partitions.filter(({ leader }) => leader >= 0).length === partitions
}

/**
 * Watches what kafkajs says to the brokers about the group. Its events tell neither the generation, nor what the leader
 * adds to an assignment, nor that the group has given this member up; the answers do.
 */
import kafkajs from 'kafkajs'

import { decodeVerdict, type Verdict } from './assignment-codec.ts'
import { isExpulsion, isUnreachable } from './classify-error.ts'
import type { HeartbeatRequest, KafkaBroker, MemberRequest } from './cluster-types.ts'
import { HeartbeatRelay } from './heartbeat-relay.ts'
import type { Generation } from './membership.ts'
import { nameMember } from './static-membership.ts'

type OffsetCommit = Parameters<KafkaBroker['offsetCommit']>[0]

export interface CoordinatorEvents {
  /** A JoinGroup is about to be sent to that coordinator. It waits for this. */
  onJoining(coordinator: KafkaBroker): Promise<void>
  /** Passes the answer of that coordinator to a join on; ends the wait when there is another coordinator by then. */
  untilMoved<T>(coordinator: KafkaBroker, joining: Promise<T>): Promise<T>
  onJoined(generation: Generation): void
  onSynced(verdict: Verdict): void
  /** False: a heartbeat kafkajs wants to send is not needed yet. */
  isHeartbeatDue(): boolean
  onHeartbeat(request: HeartbeatRequest): void
  /** The coordinator did not answer. */
  onUnreachable(): void
  /** That member is none any more: its session has expired, or another has taken its name. */
  onExpelled(memberId: string): void
  /** kafkajs found that the next offset does not exist. Called before it fetches again. */
  onOutOfRange(topic: string, partition: number): void
}

export class CoordinatorWatch {
  readonly #events: CoordinatorEvents
  readonly #groupInstanceId: string
  readonly #relay = new HeartbeatRelay()
  readonly #watched = new WeakSet<KafkaBroker>()

  /** `groupInstanceId`: empty for a dynamic member. */
  constructor(events: CoordinatorEvents, groupInstanceId: string) {
    this.#events = events
    this.#groupInstanceId = groupInstanceId
  }

  /** Any number of times. */
  watch(broker: KafkaBroker): KafkaBroker {
    if (this.#watched.has(broker)) return broker
    this.#watched.add(broker)
    this.#watchMembership(broker)
    this.#watchCommits(broker)
    if (this.#groupInstanceId !== '') this.#nameMember(broker)
    return broker
  }

  #watchMembership(broker: KafkaBroker): void {
    const joinGroup = broker.joinGroup.bind(broker)
    const syncGroup = broker.syncGroup.bind(broker)
    const heartbeat = broker.heartbeat.bind(broker)
    broker.joinGroup = async (request) => {
      this.#relay.forget()
      await this.#events.onJoining(broker)
      const answer = await this.#noticing(request, this.#events.untilMoved(broker, joinGroup(request)))
      this.#events.onJoined({ memberId: answer.memberId, generationId: answer.generationId })
      return answer
    }
    broker.syncGroup = async (request) => {
      const answer = await this.#noticing(request, syncGroup(request))
      this.#events.onSynced(decodeVerdict(kafkajs.AssignerProtocol.MemberAssignment.decode(answer.memberAssignment)?.userData))
      return answer
    }
    broker.heartbeat = async (request) => {
      if (this.#events.isHeartbeatDue()) await this.#relay.beat(() => this.#heartbeat(request, heartbeat))
    }
  }

  /** A coordinator that does not answer says nothing against this member: the fetches go on. */
  async #heartbeat(request: HeartbeatRequest, send: KafkaBroker['heartbeat']): Promise<void> {
    try {
      await this.#noticing(request, send(request))
      this.#events.onHeartbeat(request)
    } catch (error) {
      if (!isUnreachable(error)) throw error
      this.#events.onUnreachable()
    }
  }

  #watchCommits(broker: KafkaBroker): void {
    const offsetCommit = broker.offsetCommit.bind(broker)
    broker.offsetCommit = async (request) => (this.#interceptReset(request) ? undefined : this.#noticing(request, offsetCommit(request)))
  }

  /** A static member does not leave when it stops: its partitions wait for it until its session expires. */
  #nameMember(broker: KafkaBroker): void {
    nameMember(broker, this.#groupInstanceId)
    broker.leaveGroup = async () => undefined
  }

  async #noticing<T>({ memberId }: MemberRequest, answer: Promise<T>): Promise<T> {
    try {
      return await answer
    } catch (error) {
      if (isExpulsion(error)) this.#events.onExpelled(memberId)
      throw error
    }
  }

  /** kafkajs answers "out of range" by committing −1 or −2, which would replace the group's offset. True: not sent. */
  #interceptReset(request: OffsetCommit): boolean {
    const resets = request.topics.flatMap(({ topic, partitions }) =>
      partitions.filter(({ offset }) => Number(offset) < 0).map(({ partition }) => ({ topic, partition })),
    )
    for (const { topic, partition } of resets) this.#events.onOutOfRange(topic, partition)
    return resets.length > 0
  }
}

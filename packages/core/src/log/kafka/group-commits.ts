/**
 * Commits of one consumer, fenced by ownership and sent in one generation only. The broker checks neither the owner of
 * a partition nor whether the offset goes backwards.
 */
import type { CommitRequest, CommitResult } from '@drakkar/plugin-sdk/log'

import { logClosed } from '../log-errors.ts'
import { classifyError } from './classify-error.ts'
import { Gate } from './gate.ts'
import type { GroupSession } from './group-session.ts'
import type { Generation, Membership } from './membership.ts'
import type { PartitionLedger } from './partition-ledger.ts'

export interface GroupCommitsOptions {
  readonly ledger: PartitionLedger
  readonly group: string
  readonly topic: string
  readonly session: () => GroupSession | null
}

export class GroupCommits {
  readonly #options: GroupCommitsOptions
  /** Closed while a rebalance runs: a commit sent then would wait behind the join and fail. */
  readonly #gate = new Gate()
  #membership: Membership = { phase: 'joining' }

  constructor(options: GroupCommitsOptions) {
    this.#options = options
  }

  follow(membership: Membership): void {
    this.#membership = membership
    if (membership.phase === 'stable' || membership.phase === 'ended') this.#gate.open()
    else this.#gate.close()
  }

  /** Waits for the end of a rebalance. Rejects with a `LogError`; nothing is tried again here. */
  async commit(requests: readonly CommitRequest[]): Promise<CommitResult> {
    for (;;) {
      if (this.#membership.phase === 'ended') throw logClosed('consumer')
      const { accepted, refused } = this.#options.ledger.fence(requests)
      if (accepted.length === 0) return { committed: [], refused }
      if (this.#membership.phase === 'stable') {
        await this.#send(this.#membership.generation, accepted)
        return { committed: accepted, refused }
      }
      await this.#gate.opened()
    }
  }

  async #send(generation: Generation, requests: readonly CommitRequest[]): Promise<void> {
    const { ledger, group, topic, session } = this.#options
    ledger.noteCommit(requests)
    try {
      await session()?.commit(generation, topic, new Map(requests.map(({ partition, offset }) => [partition, offset])))
    } catch (error) {
      throw classifyError(error, `commit of group ${group}`)
    }
  }
}

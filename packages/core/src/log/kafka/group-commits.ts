/**
 * Commits of one consumer, fenced by ownership and sent in one generation only. The broker checks neither the owner of
 * a partition nor whether the offset goes backwards.
 */
import type { CommitRequest, CommitResult } from '@drakkar/plugin-sdk/log'

import { logClosed } from '../log-errors.ts'
import { createDeferred, type Deferred } from '../../runtime/deferred.ts'
import { classifyError, isStaleGeneration } from './classify-error.ts'
import type { GroupSession } from './group-session.ts'
import { type Generation, initialMembership, type Membership } from './membership.ts'
import type { PartitionLedger } from './partition-ledger.ts'

export interface GroupCommitsOptions {
  readonly ledger: PartitionLedger
  readonly group: string
  readonly topic: string
  readonly session: () => Pick<GroupSession, 'commit'>
}

export class GroupCommits {
  readonly #options: GroupCommitsOptions
  #membership: Membership = initialMembership
  #moved: Deferred<void> = createDeferred<void>()

  constructor(options: GroupCommitsOptions) {
    this.#options = options
  }

  follow(membership: Membership): void {
    if (membership === this.#membership) return
    this.#membership = membership
    this.#moved.resolve()
    this.#moved = createDeferred<void>()
  }

  /**
   * Waits for the end of a rebalance, also of one that the broker knew of first (spec REB-12): then what is still ours is
   * sent in the new generation. Rejects with a `LogError`; nothing else is tried again here.
   */
  async commit(requests: readonly CommitRequest[]): Promise<CommitResult> {
    for (;;) {
      if (this.#membership.phase === 'ended') throw logClosed('consumer')
      const { accepted, refused } = this.#options.ledger.fence(requests)
      if (accepted.length === 0) return { committed: [], refused }
      const moved = this.#moved.promise
      if (this.#membership.phase !== 'stable') {
        // A commit sent now would wait behind the join and fail.
        await moved
      } else if (await this.#send(this.#membership.generation, accepted)) {
        return { committed: accepted, refused }
      } else {
        await moved
      }
    }
  }

  /** False: not in this generation. */
  async #send(generation: Generation, requests: readonly CommitRequest[]): Promise<boolean> {
    const { ledger, group, topic, session } = this.#options
    ledger.noteCommit(requests)
    try {
      await session().commit(generation, topic, new Map(requests.map(({ partition, offset }) => [partition, offset])))
      return true
    } catch (error) {
      if (isStaleGeneration(error)) return false
      throw classifyError(error, `commit of group ${group}`)
    }
  }
}

/**
 * kafkajs knows round robin only, which moves nearly every partition when a member joins. Each member tells with its
 * join what it owns, and the leader leaves it there as far as the shares allow.
 */
import kafkajs from 'kafkajs'
import type { PartitionAssigner } from 'kafkajs'

import { type MemberClaim, stickyAssignment } from './sticky-assignment.ts'

const { MemberMetadata, MemberAssignment } = kafkajs.AssignerProtocol
const name = 'DrakkarSticky'
const version = 1

export type Claim = Omit<MemberClaim, 'memberId'>

/** `claim` is asked at every join. All members of a group subscribe to the same topic. */
export function stickyAssigner(claim: () => Claim): PartitionAssigner {
  return ({ cluster }) => ({
    name,
    version,
    protocol: ({ topics }) => ({ name, metadata: MemberMetadata.encode({ version, topics, userData: encodeClaim(claim()) }) }),
    async assign({ members, topics }) {
      const claims = members.map(({ memberId, memberMetadata }) => {
        const userData = MemberMetadata.decode(memberMetadata)?.userData
        return { memberId, ...(topics.length === 1 ? decodeClaim(userData) : noClaim) }
      })
      const shares = topics.map((topic) => {
        const partitions = cluster.findTopicPartitionMetadata(topic).map(({ partitionId }) => partitionId)
        return [
          topic,
          stickyAssignment(
            partitions.toSorted((a, b) => a - b),
            claims,
          ),
        ] as const
      })
      return members.map(({ memberId }) => {
        const assignment = Object.fromEntries(shares.map(([topic, share]) => [topic, [...(share.get(memberId) ?? [])]]))
        return { memberId, memberAssignment: MemberAssignment.encode({ version, assignment, userData: Buffer.alloc(0) }) }
      })
    },
  })
}

const noClaim: Claim = { generationId: -1, owned: [] }

export function encodeClaim(claim: Claim): Buffer {
  return Buffer.from(JSON.stringify({ generation: claim.generationId, owned: claim.owned }))
}

/** Whatever another client has put there instead counts as owning nothing. */
export function decodeClaim(userData: Buffer | undefined | null): Claim {
  try {
    const value: unknown = JSON.parse(userData?.toString() ?? '')
    if (typeof value !== 'object' || value === null || !('generation' in value) || !('owned' in value)) return noClaim
    const { generation, owned } = value
    if (typeof generation !== 'number' || !Array.isArray(owned)) return noClaim
    return { generationId: generation, owned: owned.filter((partition: unknown) => typeof partition === 'number') }
  } catch {
    return noClaim
  }
}

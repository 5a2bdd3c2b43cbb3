/**
 * kafkajs knows round robin only, which moves nearly every partition at once when a member joins. Each member tells
 * with its join what it works on; the leader leaves it there as far as the shares allow, and gives a moving partition
 * away only when its owner has let go.
 */
import kafkajs from 'kafkajs'
import type { Cluster, PartitionAssigner } from 'kafkajs'

import { type Claim, decodeClaim, encodeClaim, encodeVerdict } from './assignment-codec.ts'
import { type MemberShare, stickyAssignment } from './sticky-assignment.ts'

const { MemberMetadata, MemberAssignment } = kafkajs.AssignerProtocol
const name = 'DrakkarSticky'
const version = 1
const nothing: MemberShare = { assigned: [], withheld: [] }

interface JoinedMember {
  readonly memberId: string
  readonly memberMetadata: Buffer
}

interface EncodedAssignment {
  memberId: string
  memberAssignment: Buffer
}

/** `claim` is asked at every join. */
export function stickyAssigner(claim: () => Claim): PartitionAssigner {
  return ({ cluster }) => ({
    name,
    version,
    protocol: ({ topics }) => ({ name, metadata: MemberMetadata.encode({ version, topics, userData: encodeClaim(claim()) }) }),
    assign: async ({ members, topics }) => assign(cluster, members, topics[0] ?? ''),
  })
}

/** Every member of ours subscribes to one topic. One that subscribes to another gets nothing of this. */
function assign(cluster: Cluster, members: readonly JoinedMember[], topic: string): EncodedAssignment[] {
  const partitions = cluster.findTopicPartitionMetadata(topic).map(({ partitionId }) => partitionId)
  const claims = members.flatMap(({ memberId, memberMetadata }) => {
    const metadata = MemberMetadata.decode(memberMetadata)
    return metadata?.topics.includes(topic) === true ? [decodeClaim(memberId, metadata.userData)] : []
  })
  const shares = stickyAssignment(
    partitions.toSorted((a, b) => a - b),
    claims,
  )
  const isMoving = [...shares.values()].some(({ withheld }) => withheld.length > 0)
  return members.map(({ memberId }) => {
    const { assigned, withheld } = shares.get(memberId) ?? nothing
    const assignment = assigned.length === 0 ? {} : { [topic]: [...assigned] }
    return { memberId, memberAssignment: MemberAssignment.encode({ version, assignment, userData: encodeVerdict({ withheld, isMoving }) }) }
  })
}

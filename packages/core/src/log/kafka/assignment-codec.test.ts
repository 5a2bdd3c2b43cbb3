import kafkajs from 'kafkajs'
import { describe, expect, it } from 'vitest'

import { type Claim, decodeClaim, decodeVerdict, encodeClaim, encodeVerdict } from './assignment-codec.ts'
import { stickyAssigner } from './sticky-assigner.ts'

const { AssignerProtocol } = kafkajs
const nothing = { memberId: 'm', generationId: -1, owned: [], handsOver: false }

describe('claims on the wire', () => {
  it('come back as they were sent', () => {
    const claim: Claim = { memberId: 'm', generationId: 7, owned: [3, 1] }
    expect(decodeClaim('m', encodeClaim(claim))).toEqual({ memberId: 'm', generationId: 7, owned: [3, 1], handsOver: true })
  })

  it('are void when the member was expelled since and has joined under another id', () => {
    expect(decodeClaim('new', encodeClaim({ memberId: 'm', generationId: 7, owned: [3] }))).toMatchObject({ memberId: 'new', owned: [] })
    expect(decodeClaim('new', encodeClaim({ memberId: null, generationId: -1, owned: [] }))).toMatchObject({ owned: [] })
  })

  it('of a version that hands nothing over are taken at their word', () => {
    const older = Buffer.from(JSON.stringify({ generation: 3, owned: [1, 2] }))
    expect(decodeClaim('m', older)).toEqual({ memberId: 'm', generationId: 3, owned: [1, 2], handsOver: false })
  })

  it.each(['', 'not json', '{}', '{"generation":"1","owned":[]}', 'null', '[]', '7'])(
    'count as nothing when they are something else: %s',
    (text) => {
      expect(decodeClaim('m', Buffer.from(text))).toEqual(nothing)
      expect(decodeClaim('m', undefined)).toEqual(nothing)
    },
  )
})

describe('verdicts on the wire', () => {
  it('come back as they were sent', () => {
    const verdict = { withheld: [4, 2], isMoving: true }
    expect(decodeVerdict(encodeVerdict(verdict))).toEqual(verdict)
  })
})

describe('stickyAssigner', () => {
  const cluster = { findTopicPartitionMetadata: () => [{ partitionId: 0 }, { partitionId: 1 }, { partitionId: 2 }] }
  const make = (claim: Claim) =>
    // @ts-expect-error an assigner uses nothing else of the cluster and the logger
    stickyAssigner(() => claim)({ cluster, groupId: 'g' })
  const member = (memberId: string, owned: readonly number[], topic = 't') => ({
    memberId,
    memberMetadata: make({ memberId, generationId: 1, owned }).protocol({ topics: [topic] }).metadata,
  })
  const assign = async (members: ReturnType<typeof member>[]) => {
    const answers = await make({ memberId: null, generationId: -1, owned: [] }).assign({ members, topics: ['t'] })
    return answers.map(({ memberAssignment }) => {
      const decoded = AssignerProtocol.MemberAssignment.decode(memberAssignment)
      return { assigned: decoded?.assignment, ...decodeVerdict(decoded?.userData) }
    })
  }

  it('says in kafkajs’s own encoding what is given and what is withheld', async () => {
    expect(await assign([member('a', [2, 1, 0]), member('b', [])])).toEqual([
      { assigned: { t: [0, 1] }, withheld: [2], isMoving: true },
      { assigned: {}, withheld: [], isMoving: true },
    ])
    expect(await assign([member('a', [1, 0]), member('b', [])])).toEqual([
      { assigned: { t: [0, 1] }, withheld: [], isMoving: false },
      { assigned: { t: [2] }, withheld: [], isMoving: false },
    ])
  })

  it('gives nothing to a member that subscribes to another topic', async () => {
    expect(await assign([member('a', []), member('b', [], 'other')])).toEqual([
      { assigned: { t: [0, 1, 2] }, withheld: [], isMoving: false },
      { assigned: {}, withheld: [], isMoving: false },
    ])
  })
})

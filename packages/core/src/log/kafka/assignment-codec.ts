/**
 * Pure: what members and leader tell each other in the parts of Kafka's group protocol that are an assigner's own. What
 * another client, or an older version, has put there counts as nothing said.
 */
import type { MemberClaim } from './sticky-assignment.ts'

/** A member's word at its join. */
export interface Claim {
  /** Under which it owned them; null before its first join. A claim made under another id is void: that member was expelled. */
  readonly memberId: string | null
  readonly generationId: number
  readonly owned: readonly number[]
}

export function encodeClaim({ memberId, generationId, owned }: Claim): Buffer {
  return Buffer.from(JSON.stringify({ generation: generationId, owned, member: memberId, hands_over: true }))
}

/** What the leader makes of it. `memberId`: under which the member has joined. */
export function decodeClaim(memberId: string, userData: Buffer | undefined | null): MemberClaim {
  const none: MemberClaim = { memberId, generationId: -1, owned: [], handsOver: false }
  const value = parseObject(userData)
  const generation = value['generation']
  if (typeof generation !== 'number' || !Array.isArray(value['owned'])) return none
  const handsOver = value['hands_over'] === true
  if (handsOver && value['member'] !== memberId) return none
  return { memberId, generationId: generation, owned: numbersOf(value['owned']), handsOver }
}

/** The leader's word to one member. */
export interface Verdict {
  /** What stays with this member until it lets go. */
  readonly withheld: readonly number[]
  /** Something is withheld for anybody, so another join follows as soon as that is let go. */
  readonly isMoving: boolean
}

export function encodeVerdict({ withheld, isMoving }: Verdict): Buffer {
  return Buffer.from(JSON.stringify({ withheld, moving: isMoving }))
}

/** Nothing when the leader knows no handing over. */
export function decodeVerdict(userData: Buffer | undefined | null): Verdict {
  const value = parseObject(userData)
  return { withheld: numbersOf(value['withheld']), isMoving: value['moving'] === true }
}

function numbersOf(value: unknown): readonly number[] {
  return Array.isArray(value) ? value.filter((one: unknown) => typeof one === 'number') : []
}

function parseObject(userData: Buffer | undefined | null): Readonly<Record<string, unknown>> {
  if (userData === undefined || userData === null || userData.length === 0) return {}
  try {
    const value: unknown = JSON.parse(userData.toString())
    return typeof value === 'object' && value !== null ? { ...value } : {}
  } catch {
    return {}
  }
}

/** Pure: what of a fetched batch is to be delivered. kafkajs's position and ours may differ after joins and pauses. */

export interface BatchPlace {
  /** The offset kafkajs asked the broker for. */
  readonly fetchedOffset: number
  /** Of the messages it holds, ascending. */
  readonly offsets: readonly number[]
}

export type BatchVerdict =
  /** Deliver the messages from this index on. */
  | { readonly kind: 'deliver'; readonly fromIndex: number }
  /** Nothing new in it. */
  | { readonly kind: 'known' }
  /** kafkajs skipped something: go back to our position. */
  | { readonly kind: 'skipped' }

/** A first message beyond `next` is a gap in the log (compaction, transactions), as long as `next` was asked for. */
export function judgeBatch(next: number, batch: BatchPlace): BatchVerdict {
  if (batch.fetchedOffset > next) return { kind: 'skipped' }
  const fromIndex = batch.offsets.findIndex((offset) => offset >= next)
  return fromIndex < 0 ? { kind: 'known' } : { kind: 'deliver', fromIndex }
}

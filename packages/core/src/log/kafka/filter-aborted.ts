/** Pure: leaves out what transactions that were aborted wrote, and the markers transactions leave behind. */
import type { AbortedTransaction, FetchedMessage } from './cluster-types.ts'

const abortMarker = 0

/** `messages` ascending; `aborted` as the broker sent it for this fetch. */
export function filterAborted(messages: readonly FetchedMessage[], aborted: readonly AbortedTransaction[]): readonly FetchedMessage[] {
  const waiting = aborted.toSorted((a, b) => Number(a.firstOffset) - Number(b.firstOffset))
  const open = new Set<string>()
  return messages.filter((message) => {
    while (waiting[0] !== undefined && Number(waiting[0].firstOffset) <= Number(message.offset)) open.add(waiting.shift()?.producerId ?? '')
    const producerId = message.batchContext?.producerId ?? ''
    if (message.isControlRecord === true) {
      if (isAbortMarker(message)) open.delete(producerId)
      return false
    }
    return !(message.batchContext?.inTransaction === true && open.has(producerId))
  })
}

/** The key of a control record is its version and its type, two bytes each. */
function isAbortMarker(message: FetchedMessage): boolean {
  return message.key !== null && message.key.length >= 4 && message.key.readInt16BE(2) === abortMarker
}

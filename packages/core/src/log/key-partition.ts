/**
 * Which partition a record goes to when none is given: murmur2 of the key, bit for bit as Kafka's clients do it, so that
 * a key has the same partition in every log with the same number of partitions.
 */

const multiplier = 0x5bd1e995
const seed = 0x9747b28c
const shift = 24

/** 32-bit signed, as in Kafka's Java client. */
export function murmur2(bytes: Uint8Array): number {
  let hash = seed ^ bytes.length
  const wholeWords = bytes.length - (bytes.length % 4)
  for (let index = 0; index < wholeWords; index += 4) {
    let word = Math.imul(littleEndianWord(bytes, index), multiplier)
    word ^= word >>> shift
    hash = Math.imul(hash, multiplier) ^ Math.imul(word, multiplier)
  }
  return finish(mixTail(hash, bytes, wholeWords))
}

/** Partition of a key. */
export function keyPartition(key: Uint8Array, partitions: number): number {
  return (murmur2(key) & 0x7fffffff) % partitions
}

function littleEndianWord(bytes: Uint8Array, index: number): number {
  return byteAt(bytes, index) | (byteAt(bytes, index + 1) << 8) | (byteAt(bytes, index + 2) << 16) | (byteAt(bytes, index + 3) << 24)
}

function mixTail(hash: number, bytes: Uint8Array, start: number): number {
  const left = bytes.length - start
  if (left === 0) return hash
  let mixed = hash
  if (left === 3) mixed ^= byteAt(bytes, start + 2) << 16
  if (left >= 2) mixed ^= byteAt(bytes, start + 1) << 8
  return Math.imul(mixed ^ byteAt(bytes, start), multiplier)
}

function finish(hash: number): number {
  const mixed = Math.imul(hash ^ (hash >>> 13), multiplier)
  return mixed ^ (mixed >>> 15)
}

function byteAt(bytes: Uint8Array, index: number): number {
  return bytes[index] ?? 0
}

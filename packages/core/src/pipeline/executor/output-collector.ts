/**
 * Keeps the first bytes of one output stream. Chunks are copied into one growing block, so that a child that prints
 * byte by byte costs no more than one that prints megabytes: at most twice the cap while the block grows.
 */

const smallestBlock = 4096

export class OutputCollector {
  readonly #maxBytes: number
  #block: Uint8Array = new Uint8Array(0)
  #length = 0
  #isTruncated = false

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** True when bytes beyond the cap were discarded. */
  get isTruncated(): boolean {
    return this.#isTruncated
  }

  /** Takes what fits. The chunk belongs to the collector from then on. */
  add(chunk: Uint8Array): void {
    const room = this.#maxBytes - this.#length
    if (chunk.byteLength > room) this.#isTruncated = true
    if (room <= 0) return
    const kept = chunk.byteLength > room ? chunk.subarray(0, room) : chunk
    if (this.#length === 0) this.#block = kept
    else this.#append(kept)
    this.#length += kept.byteLength
  }

  bytes(): Uint8Array {
    return this.#block.subarray(0, this.#length)
  }

  #append(chunk: Uint8Array): void {
    const needed = this.#length + chunk.byteLength
    if (needed > this.#block.byteLength) {
      const size = Math.min(this.#maxBytes, Math.max(needed, this.#block.byteLength * 2, smallestBlock))
      // Not pooled: a result must not keep a shared slab alive. Pages are committed only when written.
      const grown = Buffer.allocUnsafeSlow(size)
      grown.set(this.#block.subarray(0, this.#length))
      this.#block = grown
    }
    this.#block.set(chunk, this.#length)
  }
}

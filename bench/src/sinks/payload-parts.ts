/** Which payloads go together, from a supply that is sent again from its beginning when it is used up. Pure. */

export interface Stretch {
  /** Payloads before it. */
  readonly from: number
  readonly count: number
  /** Payloads of a part, not more than the supply has. */
  readonly size: number
}

/** Parts of `size`, the last one smaller where `count` does not divide. */
export function* payloadParts<T>(supply: readonly T[], { from, count, size }: Stretch): Generator<readonly T[]> {
  for (let done = 0; done < count; done += size) {
    const start = (from + done) % supply.length
    const end = start + Math.min(size, count - done)
    const part = supply.slice(start, end)
    yield end <= supply.length ? part : [...part, ...supply.slice(0, end - supply.length)]
  }
}

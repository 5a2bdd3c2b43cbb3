/** A pure function of a text with its latest results kept: payloads name the same few files again and again. */

const limit = 1024

/** Forgets everything when `limit` texts are known, so that paths made of message keys cost no memory. */
export function remembering(compute: (text: string) => string): (text: string) => string {
  const known = new Map<string, string>()
  return (text) => {
    const earlier = known.get(text)
    if (earlier !== undefined) return earlier
    const result = compute(text)
    if (known.size >= limit) known.clear()
    known.set(text, result)
    return result
  }
}

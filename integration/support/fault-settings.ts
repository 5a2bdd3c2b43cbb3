/** What a fault proxy does at the moment; shared by all its connections. */
export class FaultSettings {
  latencyMs = 0
  isHalfOpen = false
  isSwallowing = false
  isRefusing = false
  bytesUntilCut = Number.POSITIVE_INFINITY
  lostAnswer: { readonly text: Buffer; times: number } | null = null
  hits = 0

  /** True when the answer to this request is to be lost. Counts it off. */
  takesAnswerOf(request: Buffer): boolean {
    const lost = this.lostAnswer
    if (lost === null || !request.includes(lost.text)) return false
    lost.times -= 1
    if (lost.times <= 0) this.lostAnswer = null
    return true
  }

  /** How many bytes of an answer still pass before the cut; null: all of it, no cut. */
  cut(bytes: number): number | null {
    if (bytes <= this.bytesUntilCut) {
      this.bytesUntilCut -= bytes
      return null
    }
    const rest = this.bytesUntilCut
    this.bytesUntilCut = Number.POSITIVE_INFINITY
    return rest
  }
}

/** One line on a terminal that is rewritten while something takes long. On anything else it writes nothing. */
import type { OutputStream } from './output-stream.ts'

const rewriteEveryMs = 100

export class ProgressLine {
  readonly #stream: OutputStream
  #shownAtMs = Number.NEGATIVE_INFINITY
  #visible = false

  constructor(stream: OutputStream) {
    this.#stream = stream
  }

  /** `text` is made only when it will be shown: at most ten times a second. */
  async update(text: () => string): Promise<void> {
    const nowMs = performance.now()
    if (!this.#stream.isTerminal || nowMs - this.#shownAtMs < rewriteEveryMs) return
    this.#shownAtMs = nowMs
    this.#visible = true
    await this.#stream.write(`\r\u001B[K${text()}`)
  }

  /** Removes the line, for what is written next. */
  async clear(): Promise<void> {
    if (!this.#visible) return
    this.#visible = false
    await this.#stream.write('\r\u001B[K')
  }
}

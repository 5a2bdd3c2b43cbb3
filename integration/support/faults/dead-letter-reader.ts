/** Reads the dead-letter topic as anybody could: which ids ended there, and for which sink instance. */
import type { MessageLog } from '@drakkar/plugin-sdk/log'

interface DeadLetter {
  readonly sink_name: string
  readonly original_payloads: readonly string[]
  readonly error: string
}

/** In JSON, or in the text that stands for a payload JSON cannot hold. */
const idText = /\bid(?:":"|: ')([^"']+)/

export class DeadLetterReader {
  readonly #log: MessageLog
  readonly #topic: string
  readonly #positions = new Map<number, number>()
  readonly #ids = new Map<string, string[]>()
  readonly #errors = new Map<string, string>()
  #reading: Promise<void> = Promise.resolve()

  constructor(log: MessageLog, topic: string) {
    this.#log = log
    this.#topic = topic
  }

  /** Ids dead-lettered for this instance so far, once for each record that names them. */
  async idsOf(sinkName: string): Promise<readonly string[]> {
    this.#reading = this.#reading.then(() => this.#read())
    await this.#reading
    return this.#ids.get(sinkName) ?? []
  }

  /** One at a time: the next begins where this one ends. */
  async #read(): Promise<void> {
    const from = new Map(this.#positions)
    for await (const record of this.#log.read(this.#topic, { from, signal: AbortSignal.timeout(60_000) })) {
      this.#positions.set(record.partition, record.offset + 1)
      this.#take(JSON.parse(Buffer.from(record.value ?? []).toString()))
    }
  }

  /** What the record of this message said last. */
  errorOf(id: string): string {
    return this.#errors.get(id) ?? ''
  }

  #take({ sink_name, original_payloads, error }: DeadLetter): void {
    const found = original_payloads.flatMap((text) => idText.exec(text)?.[1] ?? [])
    for (const id of found) this.#errors.set(id, error)
    this.#ids.set(sink_name, [...(this.#ids.get(sink_name) ?? []), ...found])
  }
}

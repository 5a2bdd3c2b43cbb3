/**
 * Keeps the ledger of a run: what it produced itself, what the broker shows of source, results, dead letters and commits, and what
 * the task programs wrote down. Asks no worker.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { LogAdmin, LogProducer, LogRecord, MessageLog } from '@drakkar/plugin-sdk/log'
import { openBroker } from '../../support/faults/source-topic.ts'
import { FileTail } from './file-tail.ts'
import { planMessage } from './message-plan.ts'
import { Obligations } from './obligations.ts'
import type { AtKill, OracleApi, OracleSettings, OracleStatus, OracleVerdict, Recovery } from './oracle-api.ts'
import { recoveryOf } from './recovery.ts'
import { TopicTail } from './topic-tail.ts'

const lookEveryMs = 100
const chunk = 500
const produceWithinMs = 120_000
const lookWithinMs = 60_000

export class Oracle implements OracleApi {
  readonly #ledger = new Obligations()
  readonly #endsAtMs: number[] = []
  #parts: Parts | null = null
  #committed: ReadonlyMap<number, number> = new Map()
  #nextNumber = 0
  #failedLooks = 0
  #lastFailure = ''
  #looking: Promise<void> = Promise.resolve()
  #isClosed = false
  #watching: Promise<void> = Promise.resolve()

  async open(settings: OracleSettings): Promise<void> {
    const log = await openBroker(settings.brokers)
    const producer = log.producer()
    await producer.connect({ signal: AbortSignal.timeout(produceWithinMs) })
    this.#parts = {
      settings,
      log,
      producer,
      admin: log.admin(),
      source: new TopicTail(log, settings.topic),
      results: settings.resultsFile === undefined ? new TopicTail(log, settings.results) : new FileTail(settings.resultsFile),
      deadLetters: new TopicTail(log, settings.deadLetters),
      executions: new FileTail(settings.executionsFile),
    }
    this.#watching = this.#watch()
  }

  async produce(count: number): Promise<void> {
    const { producer, settings } = this.#required()
    for (let left = count; left > 0; left -= chunk) {
      const numbers = Array.from({ length: Math.min(chunk, left) }, (_, index) => this.#nextNumber + index)
      this.#nextNumber += numbers.length
      const records = numbers.map((n) => {
        const { partition, key, value } = planMessage(settings.plan, n)
        const headers = [['n', Buffer.from(String(n))]] as const
        return { topic: settings.topic, partition, key: Buffer.from(key), value, headers }
      })
      await again(() => producer.send(records), produceWithinMs)
    }
  }

  async status(): Promise<OracleStatus> {
    return {
      ...this.#ledger.counts,
      committed: [...this.#committed.values()].reduce((sum, offset) => sum + offset, 0),
      failedLooks: this.#failedLooks,
      lastFailure: this.#lastFailure,
    }
  }

  async countKill(): Promise<AtKill> {
    await this.look()
    return { uncommitted: this.#ledger.countKill(this.#committed) }
  }

  async forgive(partition: number, below: number): Promise<number> {
    await this.look()
    return this.#ledger.forgive(partition, below)
  }

  async offsets() {
    await this.look()
    return new Map([...this.#ledger.ends].map(([partition, end]) => [partition, { committed: this.#committed.get(partition) ?? 0, end }]))
  }

  async look(): Promise<void> {
    await again(() => this.#lookOnce(), lookWithinMs)
  }

  async recovery(faultAtMs: number, healedAtMs: number): Promise<Recovery> {
    return recoveryOf({ endsAtMs: this.#endsAtMs.toSorted((a, b) => a - b), faultAtMs, healedAtMs })
  }

  async verdict(): Promise<OracleVerdict> {
    await this.look()
    return this.#ledger.verdict(this.#committed)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await this.#watching
    await this.#parts?.producer.close()
    await this.#parts?.admin.close()
    await this.#parts?.log.close()
  }

  async #watch(): Promise<void> {
    while (!this.#isClosed) {
      await this.#lookOnce().catch((error: unknown) => {
        this.#failedLooks += 1
        this.#lastFailure = String(error)
      })
      await sleep(lookEveryMs)
    }
  }

  /** One at a time: the next begins where this one ends. */
  #lookOnce(): Promise<void> {
    const next = this.#looking.catch(() => undefined).then(() => this.#look())
    this.#looking = next
    return next
  }

  /** Commits first: what is committed now must have its end in what is read after. */
  async #look(): Promise<void> {
    const { settings, admin, source, results, deadLetters } = this.#required()
    const committed = await admin.committed(settings.group, settings.topic)
    await source.read((record) => this.#takeSource(record))
    await this.#takeExecutions()
    if (results instanceof FileTail) for (const line of await results.read()) this.#takeResult(line, Date.now())
    else await results.read(({ value, timestamp }) => this.#takeResult(text(value), timestamp))
    await deadLetters.read((record) => this.#takeDeadLetter(record))
    this.#committed = committed
    this.#ledger.checkCommitted(committed)
  }

  #takeSource({ partition, offset, headers }: LogRecord): void {
    const n = headers.find(([name]) => name === 'n')?.[1]
    if (n === undefined) throw new Error(`${partition}/${offset} is not ours`)
    this.#ledger.produced(partition, offset, planMessage(this.#required().settings.plan, Number(text(n))))
  }

  async #takeExecutions(): Promise<void> {
    for (const line of await this.#required().executions.read()) {
      const [kind, place = '', , mode = ''] = line.split(' ')
      if (kind === 's') this.#ledger.began(place, mode)
      else this.#ledger.ended(place)
    }
  }

  #takeResult(value: string, atMs: number): void {
    const { at } = JSON.parse(value) as { at: string }
    this.#ledger.delivered(at, value)
    this.#endsAtMs.push(atMs)
  }

  #takeDeadLetter({ value, timestamp }: LogRecord): void {
    const record = JSON.parse(text(value)) as DeadLetter
    const { partition, offsets } = record.source
    for (const offset of offsets) this.#ledger.deadLettered(`${partition}/${offset}`, reasonOf(record))
    this.#endsAtMs.push(timestamp)
  }

  #required(): Parts {
    if (this.#parts === null) throw new Error('the oracle is not open')
    return this.#parts
  }
}

interface Parts {
  readonly settings: OracleSettings
  readonly log: MessageLog
  readonly producer: LogProducer
  readonly admin: LogAdmin
  readonly source: TopicTail
  readonly results: TopicTail | FileTail
  readonly deadLetters: TopicTail
  readonly executions: FileTail
}

interface DeadLetter {
  readonly source: { readonly partition: number; readonly offsets: readonly number[] }
  readonly sink_type: string
  readonly sink_name: string
  readonly task?: { readonly kind: string; readonly exit_code: number | null }
}

function reasonOf({ sink_type: type, sink_name: name, task }: DeadLetter): string {
  const stage = type === 'handler' ? name : `${type} ${name}`
  return task === undefined ? stage : `${stage} ${task.kind} ${task.exit_code}`
}

function text(bytes: Uint8Array | null): string {
  return Buffer.from(bytes ?? []).toString()
}

/** A broker that is away comes back: tries until it works or the time is over. */
async function again<T>(run: () => Promise<T>, withinMs: number): Promise<T> {
  const deadline = performance.now() + withinMs
  for (;;) {
    try {
      return await run()
    } catch (error) {
      if (performance.now() > deadline) throw error
      await sleep(lookEveryMs)
    }
  }
}

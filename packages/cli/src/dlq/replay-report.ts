/** What `drakkar dlq replay` says, on standard error: the lines of spec RPL-4, RPL-8…11, and a bar on a terminal. */
import {
  entryPlace,
  type DeadLetterEntry,
  type ReplayCounts,
  type ReplayListener,
  type ReplayResult,
  type SkipProblem,
} from '@drakkar/core'
import { redactText } from '@drakkar/plugin-sdk'
import type { OutputStream } from '../output-stream.ts'
import { ProgressLine } from '../progress-line.ts'
import { reportError } from '../report-error.ts'
import { progressBar, progressLine } from './replay-progress.ts'
import type { ReplayPlan } from './replay-plan.ts'
import { selectionText } from './selection-options.ts'
import { visibleText } from './visible-text.ts'

/** Entries between two lines of progress (spec RPL-8). */
const lineEvery = 1000

export interface ReplayPlace {
  readonly topic: string
  readonly brokers: string
  /** Null: not chosen (dry run). */
  readonly target: string | null
  readonly targetBrokers: string | null
}

export class ReplayReport implements ReplayListener {
  readonly #stderr: OutputStream
  readonly #plan: ReplayPlan
  readonly #line: ProgressLine
  #total = 0
  #startedAtMs = 0

  constructor(stderr: OutputStream, plan: ReplayPlan) {
    this.#stderr = stderr
    this.#plan = plan
    this.#line = new ProgressLine(stderr)
  }

  /** The first line (spec RPL-4). */
  async begin({ topic, brokers, target, targetBrokers }: ReplayPlace): Promise<void> {
    const { dryRun, limit, ratePerSecond, filter, mode, options } = this.#plan
    const { filter: _named, ...others } = options
    const selection = selectionText(others)
    const fields = [
      `topic=${topic}`,
      `brokers=${redactText(brokers)}`,
      `target=${target ?? 'none'}`,
      ...(targetBrokers === null ? [] : [`target_brokers=${redactText(targetBrokers)}`]),
      `mode=${mode}`,
      `dry_run=${String(dryRun)}`,
      `limit=${limit ?? 'none'}`,
      `filter=${filter.text ?? 'none'}`,
      ...(ratePerSecond === null ? [] : [`rate=${ratePerSecond}/s`]),
      ...(selection === '' ? [] : [`selection="${selection}"`]),
    ]
    await this.#stderr.writeLine(visibleText(`dlq replay: ${fields.join(' ')}`))
  }

  /** Payloads in the topic the worker reads would be taken for input. */
  async warnSourceTopic(topic: string): Promise<void> {
    const { mode } = this.#plan
    await this.#stderr.writeLine(
      visibleText(
        `warning: "${topic}" is the source topic, and --mode=${mode} publishes what was meant for the sinks: the worker would take it for input; --mode=source brings the source messages back`,
      ),
    )
  }

  async resumed(path: string, positions: ReadonlyMap<number, number>): Promise<void> {
    const next = [...positions].map(([partition, offset]) => `${partition}:${offset}`).join(' ')
    await this.#stderr.writeLine(`resuming from ${path}; next offsets ${next === '' ? 'none' : next}`)
  }

  /** `total`: entries to read at most. */
  start(total: number): void {
    this.#total = total
    this.#startedAtMs = performance.now()
  }

  async progress(counts: ReplayCounts): Promise<void> {
    const { dryRun } = this.#plan
    if (this.#stderr.isTerminal) return this.#line.update(() => this.#bar(counts))
    if (counts.read % lineEvery === 0) await this.#stderr.writeLine(progressLine({ counts, dryRun }))
  }

  async skipped(entry: DeadLetterEntry, problem: SkipProblem, reason: string): Promise<void> {
    await this.#line.clear()
    const event = problem === 'invalid_json' ? 'dlq_reader_invalid_json' : 'dlq_replay_skipped'
    await this.#stderr.writeLine(visibleText(`${event} partition=${entry.partition} offset=${entry.offset} reason: ${redactText(reason)}`))
  }

  async refused(entry: DeadLetterEntry, error: unknown): Promise<void> {
    await this.#line.clear()
    const place = `partition=${entry.partition} offset=${entry.offset}`
    await this.#stderr.writeLine(visibleText(`dlq_replay_refused ${place} reason: ${errorText(error)}`))
  }

  /** Failures, then the summary as the last line (spec RPL-9, RPL-11). */
  async end({ end, failures, counts, lastPublished, pathsNotFound }: ReplayResult): Promise<void> {
    if (this.#stderr.isTerminal && this.#startedAtMs > 0) await this.#stderr.write(`\r\u001B[K${this.#bar(counts)}\n`)
    for (const { during, entry, error } of failures) {
      const place = entry === null ? '' : ` at DLQ offset ${entryPlace(entry)}`
      await this.#stderr.writeLine(visibleText(`error: ${failedAt[during]}${place}: ${errorText(error)}`))
      if (entry !== null) await this.#stderr.writeLine(this.#remedy(entry))
    }
    if (end === 'failed' && lastPublished.size > 0) {
      const offsets = [...lastPublished].toSorted(([a], [b]) => a - b).map(([partition, offset]) => `${partition}:${offset}`)
      await this.#stderr.writeLine(`last successful DLQ offset: ${offsets.join(' ')}`)
    }
    for (const { path } of pathsNotFound) await this.#stderr.writeLine(visibleText(pathHint(path)))
    if (counts.duplicates > 0) {
      await this.#stderr.writeLine(`duplicates=${counts.duplicates}: source messages left out, published once with another entry`)
    }
    await this.#stderr.writeLine(summaryText(counts))
  }

  #remedy(entry: DeadLetterEntry): string {
    const { checkpoint, onError } = this.#plan
    const again = checkpoint === null ? 'a run with a --checkpoint would go on here' : 'run again with the same --checkpoint to go on here'
    const skip = onError === 'skip' ? '' : '; --on-error=skip passes over entries that are refused for good'
    return `  "drakkar dlq show ${entryPlace(entry)}" shows the entry; ${again}${skip}`
  }

  #bar(counts: ReplayCounts): string {
    const { dryRun } = this.#plan
    const elapsedMs = performance.now() - this.#startedAtMs
    return progressBar({ counts, total: this.#total, dryRun, elapsedMs }, this.#stderr.columns)
  }
}

function errorText(error: unknown): string {
  return reportError(error)
    .lines.map((line) => line.replace(/^error: /, ''))
    .join(' ')
}

/** For `ls` as well. */
export function pathHint(path: string): string {
  return `hint: --where ${path}: there is nothing at this path in any of the dead letters read`
}

const failedAt = {
  publish: 'publish failed',
  read: 'reading the dead letters failed',
  save: 'the checkpoint could not be written',
} as const

function summaryText({ read, published, wouldPublish, filteredOut, skippedInvalid, errors }: ReplayCounts): string {
  const fields = [
    `read=${read}`,
    `published=${published}`,
    `would_publish=${wouldPublish}`,
    `filtered_out=${filteredOut}`,
    `skipped_invalid=${skippedInvalid}`,
    `errors=${errors}`,
  ]
  return `summary: ${fields.join(' ')}`
}

/** How far a replay is: a bar for terminals, a line per thousand entries for everything else (spec RPL-8). Pure. */
import type { ReplayCounts } from '@drakkar/core'

export interface ReplayProgress {
  readonly counts: Pick<ReplayCounts, 'read' | 'published' | 'wouldPublish'>
  /** Entries to read at most. */
  readonly total: number
  readonly dryRun: boolean
  readonly elapsedMs: number
}

const barWidth = 20

/** `[█████░░░░░░░░░░░░░░░]  25%  250/1,000 read, 240 published, 500/s, 2s left`, cut to `columns`. */
export function progressBar({ counts, total, dryRun, elapsedMs }: ReplayProgress, columns: number): string {
  const { read } = counts
  const share = total === 0 ? 1 : Math.min(1, read / total)
  const done = Math.floor(share * barWidth)
  const bar = `[${'█'.repeat(done)}${'░'.repeat(barWidth - done)}] ${String(Math.floor(share * 100)).padStart(3)}%`
  const messages = dryRun ? `${grouped(counts.wouldPublish)} to publish` : `${grouped(counts.published)} published`
  const perSecond = elapsedMs > 0 ? (read * 1000) / elapsedMs : 0
  const speed = perSecond > 0 ? [`${grouped(perSecond >= 10 ? Math.round(perSecond) : Number(perSecond.toFixed(1)))}/s`] : []
  const left = perSecond > 0 && read < total ? [`${durationText((total - read) / perSecond)} left`] : []
  const text = `${bar}  ${[`${grouped(read)}/${grouped(total)} read`, messages, ...speed, ...left].join(', ')}`
  // A line that wraps could not be rewritten.
  return text.slice(0, Math.max(0, columns - 1))
}

/** `replayed N/M`: N messages published, M entries read. */
export function progressLine({ counts, dryRun }: Pick<ReplayProgress, 'counts' | 'dryRun'>): string {
  return dryRun ? `would-replay ${counts.wouldPublish}/${counts.read}` : `replayed ${counts.published}/${counts.read}`
}

function durationText(seconds: number): string {
  if (seconds < 60) return `${Math.ceil(seconds)}s`
  const minutes = Math.ceil(seconds / 60)
  return minutes < 60 ? `${minutes}m` : `${Math.floor(minutes / 60)}h ${minutes % 60}m`
}

function grouped(value: number): string {
  return value.toLocaleString('en-US')
}

/** The page of figures. Pure. */
import type { RunFigures, RunResult } from '../judge/figures.ts'
import { markdownTable } from './markdown-table.ts'

/** Rows of another suite's figures, by column. */
export type OtherRow = Readonly<Record<string, string | number>>

export interface ReportFacts {
  readonly results: readonly RunResult[]
  /** `integration/rebalance`. */
  readonly rebalancing: readonly OtherRow[]
  /** `integration/scenarios/faults-*`. */
  readonly sinks: readonly OtherRow[]
}

const intro = `# Reliability, measured

Written by \`npm run faults\`; do not edit. A line is one scenario of \`integration/faults\` in one tier, over all its runs (the README there says how
a run goes and what is counted): whole workers on a real broker, load before, during and after the fault, and an oracle in a process of its
own that compares what went in with what came out.
`

const legend = `
*Messages*: obligations. *Hits*: how often the fault was seen to have done something; a run without is repeated with another seed and, if it
stays so, reported as inconclusive. *Lost*: neither delivered nor dead-lettered. *Twice*: deliveries beyond the first; *run again*: programs run
again for a message; both against the bound of the run that came closest. *Recovery*: seconds from the end of the fault to 90 % of the rate before
it, the slowest, against the limit. *Left*: processes that outlived their worker, and zombies. *fds*, *timers*: of a worker that lived through the
fault, at its end against its first rest, the most. *MiB*: largest resident memory of a worker.
`

const heads = {
  fault: 'Fault',
  what: 'What happens',
  holds: 'Must hold',
  verdict: 'Verdict',
  runs: 'Runs',
  messages: 'Messages',
  hits: 'Hits',
  lost: 'Lost',
  twice: 'Twice',
  again: 'Run again',
  recovery: 'Recovery',
  left: 'Left',
  fds: 'fds',
  timers: 'timers',
  memory: 'MiB',
  seeds: 'Seeds',
} as const

export function reportText({ results, rebalancing, sinks }: ReportFacts): string {
  const ran = results.filter(({ verdict }) => verdict !== 'left_out')
  const tiers = (['ci', 'hour', 'soak'] as const).flatMap((tier) => {
    const rows = groupsOf(ran.filter((result) => result.tier === tier)).map(rowOf)
    return rows.length === 0 ? [] : [`\n## Tier: ${tier}\n\n${markdownTable(heads, rows)}`]
  })
  return [
    intro,
    machine(ran),
    ...tiers,
    ownFigures(ran),
    other('Rebalancing (`npm run rebalance`; times in milliseconds)', rebalancing),
    other('Sinks (`npm run test:integration`)', sinks),
    list('Left out here', results, 'left_out'),
    list('Not held', results, 'broken'),
    ran.length === 0 ? '' : legend,
  ].join('')
}

function machine(results: readonly RunResult[]): string {
  const { versions, at } = results.toSorted((a, b) => (a.at < b.at ? -1 : 1)).at(-1) ?? {}
  if (versions === undefined || at === undefined) return '\nNothing has been run.\n'
  const { node, kafka, cores, memory_gib: memory, system } = versions
  return `\n${at.slice(0, 10)}, Node ${node}, Kafka ${kafka}, ${system}, ${cores} cores, ${memory} GiB; broker, oracle, workers and programs on the one machine.\n`
}

function groupsOf(results: readonly RunResult[]): readonly (readonly RunResult[])[] {
  const groups = new Map<string, RunResult[]>()
  for (const result of results) {
    const key = `${result.id} ${result.name}`
    groups.set(key, [...(groups.get(key) ?? []), result])
  }
  return [...groups.values()]
}

function rowOf(results: readonly RunResult[]): Readonly<Record<keyof typeof heads, string>> {
  const [{ id, fault, invariant } = { id: '', fault: '', invariant: '' }] = results
  const figures = results.flatMap((result) => result.figures ?? [])
  const recoveries = figures.flatMap((one) => one.recovery_seconds ?? [])
  return {
    fault: id,
    what: fault,
    holds: invariant,
    verdict: verdictOf(results),
    runs: String(results.length),
    messages: sum(figures, 'messages'),
    hits: sum(figures, 'hits'),
    lost: sum(figures, 'lost'),
    twice: closest(figures, 'duplicates', 'duplicate_bound'),
    again: closest(figures, 're_executed', 're_executed_bound'),
    recovery: recoveries.length === 0 ? '–' : `${Math.max(...recoveries).toFixed(1)} ≤ ${figures[0]?.recovery_limit ?? ''}`,
    left: String(figures.reduce((total, one) => total + one.leftovers + one.zombies, 0)),
    fds: most(figures, 'descriptors_more'),
    timers: most(figures, 'timers_more'),
    memory: figures.length === 0 ? '–' : String(Math.max(...figures.map((one) => one.max_rss_mb))),
    seeds: results.map(({ seed }) => String(seed)).join(' '),
  }
}

/** The last run of a scenario that did not bite at first counts; a broken one always does. */
function verdictOf(results: readonly RunResult[]): string {
  if (results.some(({ verdict }) => verdict === 'broken')) return '**broken**'
  const missed = results.filter(({ verdict }) => verdict === 'inconclusive').length
  if (missed === 0) return 'held'
  return missed === results.length ? '**inconclusive**' : `held (${missed} without a bite)`
}

function sum(figures: readonly RunFigures[], key: 'messages' | 'hits' | 'lost'): string {
  return String(figures.reduce((total, one) => total + one[key], 0))
}

function closest(
  figures: readonly RunFigures[],
  key: 'duplicates' | 're_executed',
  bound: 'duplicate_bound' | 're_executed_bound',
): string {
  const share = (one: RunFigures) => one[key] / Math.max(1, one[bound])
  const [worst] = figures.toSorted((a, b) => share(b) - share(a))
  return worst === undefined ? '–' : `${worst[key]} ≤ ${worst[bound]}`
}

function most(figures: readonly RunFigures[], key: 'descriptors_more' | 'timers_more'): string {
  const values = figures.flatMap((one) => one[key] ?? [])
  if (values.length === 0) return '–'
  const value = Math.max(...values)
  return value > 0 ? `+${value}` : String(value)
}

const common: ReadonlySet<string> = new Set(
  'messages executions hits lost duplicates duplicate_bound re_executed re_executed_bound dead_lettered recovery_seconds recovery_limit rate_before leftovers zombies descriptors_more timers_more max_rss_mb rebalances seconds'.split(
    ' ',
  ),
)

/** Figures that only one scenario has. */
function ownFigures(results: readonly RunResult[]): string {
  const lines = results.flatMap(({ id, name, tier, seed, figures }) => {
    const own = Object.entries(figures ?? {}).filter(([key]) => !common.has(key))
    const text = own.map(([key, value]) => `${key.replaceAll('_', ' ')} ${value}`).join(', ')
    return own.length === 0 ? [] : [`- ${id} ${name} (${tier}, seed ${seed}): ${text}\n`]
  })
  return lines.length === 0 ? '' : `\n## Further figures\n\n${lines.join('')}`
}

function other(title: string, rows: readonly OtherRow[]): string {
  const [first] = rows
  if (first === undefined) return ''
  const columns = Object.fromEntries(Object.keys(first).map((key) => [key, key.replaceAll('_', ' ')]))
  const texts = rows.map((row) => Object.fromEntries(Object.keys(first).map((key) => [key, String(row[key] ?? '')])))
  return `\n## ${title}\n\n${markdownTable(columns, texts)}`
}

function list(title: string, results: readonly RunResult[], wanted: RunResult['verdict']): string {
  const lines = results
    .filter(({ verdict }) => verdict === wanted)
    .map(({ id, name, tier, seed, findings }) => {
      const texts = findings.map((finding) => finding.split('\n')[0])
      return `- ${id} ${name} (${tier}, seed ${seed}): ${texts.join('; ')}\n`
    })
  return lines.length === 0 ? '' : `\n## ${title}\n\n${lines.join('')}`
}

/** The page of figures. Pure. */
import type { RunFigures, RunResult } from '../judge/figures.ts'

const intro = `# Reliability, measured

Written by \`npm run faults\`; do not edit. Each line is one run of a scenario of \`integration/faults\` (its README says how a run goes and
what is counted): whole workers on a real broker, load before, during and after the fault, and an oracle in a process of its own that
compares what went in with what came out.
`

const legend = `
*Messages*: obligations of the run. *Hits*: how often the fault was seen to have done something; a run without is repeated and, if it stays
so, reported as inconclusive. *Lost*: neither delivered nor dead-lettered. *Twice*: deliveries beyond the first, against their bound.
*Run again*: programs run again for a message, against their bound. *Recovery*: seconds from the end of the fault to 90 % of the rate
before it, against the limit. *Left*: processes that outlived their worker, zombies included. *fds*, *timers*: of a worker that lived through
the fault, at its end against its first rest. *MiB*: largest resident memory of a worker.
`

export function reportText(results: readonly RunResult[]): string {
  const ran = results.filter(({ verdict }) => verdict !== 'left_out')
  const sections = (['ci', 'hour', 'soak'] as const).flatMap((tier) => {
    const rows = ran.filter((result) => result.tier === tier)
    return rows.length === 0 ? [] : [`\n## Tier: ${tier}\n\n${table(rows)}`]
  })
  return [intro, machine(ran), ...sections, leftOut(results), broken(ran), legend].filter(Boolean).join('')
}

function machine(results: readonly RunResult[]): string {
  const { versions, at } = results.at(-1) ?? {}
  if (versions === undefined || at === undefined) return '\nNothing has been run.\n'
  const { node, kafka, cores, memory_gib: memory, system } = versions
  return `\n${at.slice(0, 10)}, Node ${node}, Kafka ${kafka}, ${system}, ${cores} cores, ${memory} GiB; broker, oracle, workers and programs on the one machine.\n`
}

const heads = [
  'Fault',
  'What happens',
  'Must hold',
  'Verdict',
  'Messages',
  'Hits',
  'Lost',
  'Twice',
  'Run again',
  'Recovery',
  'Left',
  'fds',
  'timers',
  'MiB',
  'Seconds',
  'Seed',
]

function table(results: readonly RunResult[]): string {
  const rows = results.map((result) => [
    result.id,
    result.fault,
    result.invariant,
    result.verdict,
    ...cells(result.figures),
    String(result.seed),
  ])
  return [heads, heads.map((_, index) => (index < 4 ? '---' : '--:')), ...rows].map((row) => `| ${row.join(' | ')} |\n`).join('')
}

function cells(figures: RunFigures | null): readonly string[] {
  if (figures === null) return Array.from({ length: heads.length - 5 }, () => '')
  const { recovery_seconds: recovery, recovery_limit: limit } = figures
  return [
    String(figures.messages),
    String(figures.hits),
    String(figures.lost),
    `${figures.duplicates} ≤ ${figures.duplicate_bound}`,
    `${figures.re_executed} ≤ ${figures.re_executed_bound}`,
    recovery === null ? '–' : `${recovery.toFixed(1)} ≤ ${limit}`,
    String(figures.leftovers + figures.zombies),
    shown(figures.descriptors_more),
    shown(figures.timers_more),
    String(figures.max_rss_mb),
    String(figures.seconds),
  ]
}

function shown(difference: number | null): string {
  if (difference === null) return '–'
  return difference > 0 ? `+${difference}` : String(difference)
}

function leftOut(results: readonly RunResult[]): string {
  const lines = results.flatMap(({ id, name, verdict, findings }) =>
    verdict === 'left_out' ? [`- ${id} ${name}: ${findings.join('; ')}\n`] : [],
  )
  return lines.length === 0 ? '' : `\n## Left out here\n\n${lines.join('')}`
}

function broken(results: readonly RunResult[]): string {
  const lines = results.flatMap(({ id, name, verdict, findings, seed }) =>
    verdict === 'broken' ? [`- ${id} ${name}, seed ${seed}: ${findings.map((finding) => finding.split('\n')[0]).join('; ')}\n`] : [],
  )
  return lines.length === 0 ? '' : `\n## Not held\n\n${lines.join('')}`
}

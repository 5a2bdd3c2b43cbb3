/** A result for people: a line, what did not hold, and how to see it again. */
import type { RunResult } from '../judge/figures.ts'

export function describeResult(result: RunResult): string {
  const { id, name, verdict, findings, figures } = result
  const title = `${id} ${name}: ${verdict.replace('_', ' ')}`
  const lines = [title, ...findings.map((finding) => `  - ${finding}`)]
  if (figures !== null)
    lines.push(
      `  ${Object.entries(figures)
        .flatMap(([key, value]) => (value === null ? [] : [`${key} ${value}`]))
        .join(', ')}`,
    )
  if (verdict === 'broken' || verdict === 'inconclusive') lines.push(`  again: ${commandFor(result)}`)
  return lines.join('\n')
}

function commandFor({ name, tier, seed }: Pick<RunResult, 'name' | 'tier' | 'seed'>): string {
  return `npm run faults -- --tier ${tier} --only ${name} --seed ${seed}`
}

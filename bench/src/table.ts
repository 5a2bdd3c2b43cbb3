/** A result as Markdown. Pure. */
import type { Machine } from './machine.ts'
import type { ContenderResult, RaceResult } from './result.ts'
import type { Spread } from './statistics.ts'

const columns = [
  'contender',
  'messages/s',
  'of the first',
  'CPU µs/message',
  'of the first',
  'children µs/message',
  'memory MB',
  'loop p99 ms',
]

export function markdown(result: RaceResult): string {
  const rows = [columns, columns.map(() => '---'), ...result.contenders.map(cells)]
  return [
    `# ${result.title}`,
    result.about,
    `${result.rounds} rounds of ${result.messages} messages, alternating, after a round that is dropped; median (lowest–highest). The ratios are taken round by round.`,
    rows.map((row) => `| ${row.join(' | ')} |`).join('\n'),
    result.contenders.map(({ name, about }) => `- **${name}**: ${about}`).join('\n'),
    ...(result.leftOut.length === 0 ? [] : [result.leftOut.map(({ name, reason }) => `- LEFT OUT **${name}**: ${reason}`).join('\n')]),
    machineLine(result.machine, result.at),
    '',
  ].join('\n\n')
}

function cells(contender: ContenderResult): string[] {
  const { childCpuMicrosecondsPerMessage: childCpu, loopDelayP99Ms: delay } = contender
  return [
    contender.name,
    shown(contender.messagesPerSecond, 3),
    shown(contender.rateRatio, 2),
    shown(contender.cpuMicrosecondsPerMessage, 3),
    shown(contender.cpuRatio, 2),
    childCpu === null ? '–' : shown(childCpu, 3),
    shown(contender.maxRssMegabytes, 3),
    delay === null ? '–' : significant(delay, 2),
  ]
}

export function shown({ median, min, max }: Spread, digits: number): string {
  return `${significant(median, digits)} (${significant(min, digits)}–${significant(max, digits)})`
}

export function significant(value: number, digits: number): string {
  return Number(value.toPrecision(digits)).toLocaleString('en-US', { maximumFractionDigits: 4 })
}

export function machineLine(machine: Machine, at: string): string {
  const versions = Object.entries(machine.versions).map(([name, version]) => `${name} ${version}`)
  const load = `load ${machine.loadAverage.before.toFixed(1)} before, ${machine.loadAverage.after.toFixed(1)} after`
  return `${at}; ${machine.cpu}, ${machine.cores} cores, ${Math.round(machine.memoryBytes / 2 ** 30)} GiB, ${machine.system}; ${load}; ${versions.join(', ')}`
}

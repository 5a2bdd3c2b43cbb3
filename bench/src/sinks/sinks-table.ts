/** The result of all sinks as Markdown. Pure. */
import { machineLine, shown, significant } from '../table.ts'
import { sinkCases, type SinkName } from './sink-cases.ts'
import type { SinkRow, SinksResult, WayFigures } from './sinks-result.ts'

const columns = [
  'batch',
  'bare /s',
  'drakkar /s',
  'of bare',
  'grouped /s',
  'of bare',
  'origin /s',
  'times origin',
  'CPU µs bare',
  'drakkar',
  'grouped',
  'batches formed',
  'loop p50 / p99 ms',
]

const about = `Payloads of 200 bytes of JSON, made before the clock starts, through routing, validation, lane and sink, against the
bare driver with the same batches, the same number of deliveries at once and the same acknowledgement. Measured from the first payload
handed over to the last acknowledgement, after a warm-up in the same process; afterwards the server is asked how many have arrived.

- **bare**: the driver alone. **origin**: each payload by itself, the next when the one before is acknowledged.
- **drakkar**: one payload per CollectResult, as tasks return them; the lane gathers them. **grouped**: a whole batch per CollectResult.
- **CPU**: of the contender's own process per payload. **batches formed**: payloads per delivery that the lane made of single ones.
- **loop**: delay of the event loop with drakkar, sampled every 10 ms, so that about 11 ms is idle.`

export function sinksMarkdown(result: SinksResult): string {
  const sinks = [...new Set(result.rows.map(({ sink }) => sink))]
  return [
    '# Sinks against their bare drivers',
    about,
    `${result.rounds} rounds, alternating, after a round that is dropped; median (lowest–highest). The ratios are taken round by round.`,
    ...sinks.flatMap((sink) => section(sink, result)),
    result.missed.length === 0 ? 'Every aim is reached.' : `Below the aim:\n\n${list(result.missed)}`,
    ...(result.leftOut.length === 0 ? [] : [list(result.leftOut.map(({ name, reason }) => `LEFT OUT **${name}**: ${reason}`))]),
    machineLine(result.machine, result.at),
    '',
  ].join('\n\n')
}

function section(sink: SinkName, result: SinksResult): string[] {
  const { unit, inFlight, bare, origin } = sinkCases[sink]
  const rows = result.rows.filter((row) => row.sink === sink)
  const lines = [columns, columns.map(() => '---'), ...rows.map(cells)]
  const deliveries = inFlight === 1 ? 'one delivery at a time' : `${inFlight} deliveries at once`
  const counts = rows.map(({ batch, payloads }) => `${payloads} at ${batch}`).join(', ')
  return [
    `## ${sink}: ${unit} per second`,
    `${result.servers[sink] ?? ''}; ${deliveries}. Bare: ${bare}. Origin: ${origin}. Payloads of a run: ${counts}.`,
    lines.map((row) => `| ${row.join(' | ')} |`).join('\n'),
  ]
}

function cells({ batch, bare, drakkar, grouped, origin, overOrigin }: SinkRow): string[] {
  return [
    String(batch),
    shown(bare.perSecond, 3),
    ...rateAndRatio(drakkar),
    ...rateAndRatio(grouped),
    origin === null ? '–' : shown(origin.perSecond, 3),
    overOrigin === null ? '–' : shown(overOrigin, 2),
    significant(bare.cpuMicroseconds.median, 3),
    significant(drakkar.cpuMicroseconds.median, 3),
    grouped === null ? '–' : significant(grouped.cpuMicroseconds.median, 3),
    orDash(drakkar.meanBatch, 3),
    `${orDash(drakkar.loopDelayP50Ms, 2)} / ${orDash(drakkar.loopDelayP99Ms, 2)}`,
  ]
}

function rateAndRatio(figures: WayFigures | null): string[] {
  return figures === null ? ['–', '–'] : [shown(figures.perSecond, 3), shown(figures.ofBare, 2)]
}

function orDash(value: number | null, digits: number): string {
  return value === null ? '–' : significant(value, digits)
}

function list(lines: readonly string[]): string {
  return lines.map((line) => `- ${line}`).join('\n')
}

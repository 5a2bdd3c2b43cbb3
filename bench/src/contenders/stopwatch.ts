/** The measurement of a contender that runs on Node, between two moments that it names itself. */
import { readFileSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { Measurement } from '../measurement.ts'

/** Of /proc/self/stat on every Linux that Node runs on. */
const clockTicksPerSecond = 100
/** Places of cutime and cstime in what follows the program's name. */
const childUserTicks = 13
const childSystemTicks = 14

export class Stopwatch {
  readonly #delay = monitorEventLoopDelay({ resolution: 10 })
  #start: { readonly ms: number; readonly cpu: NodeJS.CpuUsage; readonly childCpuSeconds: number | null } | null = null

  /** Only the first call counts. */
  start(): void {
    if (this.#start !== null) return
    this.#delay.enable()
    this.#start = { ms: performance.now(), cpu: process.cpuUsage(), childCpuSeconds: childCpuSeconds() }
  }

  /** Throws when nothing was started. */
  stop(messages: number): Measurement {
    if (this.#start === null) throw new Error('the work never started')
    const { user, system } = process.cpuUsage(this.#start.cpu)
    const childCpu = childCpuSeconds()
    this.#delay.disable()
    return {
      messages,
      seconds: (performance.now() - this.#start.ms) / 1000,
      cpuSeconds: (user + system) / 1e6,
      childCpuSeconds: childCpu === null || this.#start.childCpuSeconds === null ? null : childCpu - this.#start.childCpuSeconds,
      maxRssBytes: process.resourceUsage().maxRSS * 1024,
      loopDelayP50Ms: this.#delay.percentile(50) / 1e6,
      loopDelayP99Ms: this.#delay.percentile(99) / 1e6,
      meanBatch: null,
    }
  }
}

/** Children that have ended and been waited for. Null where there is no /proc. */
function childCpuSeconds(): number | null {
  if (process.platform !== 'linux') return null
  const stat = readFileSync('/proc/self/stat', 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[childUserTicks]) + Number(fields[childSystemTicks])) / clockTicksPerSecond
}

/** Prints what the harness reads. */
export function publish(measurement: Measurement): void {
  process.stdout.write(`${JSON.stringify(measurement)}\n`)
}

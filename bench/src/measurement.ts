/** What one run of one contender reports: its last line on standard output, as JSON. */

export interface Measurement {
  readonly messages: number
  /** Between the start and the end that the race defines. */
  readonly seconds: number
  /** User and system time of the contender's own process between the same two moments. */
  readonly cpuSeconds: number
  /** The same of the children that ended in between. Null: not known, or there are none. */
  readonly childCpuSeconds: number | null
  /** Largest resident memory of the process over its whole life. */
  readonly maxRssBytes: number
  /** Percentiles of the delay of the event loop. Null: no event loop. */
  readonly loopDelayP50Ms: number | null
  readonly loopDelayP99Ms: number | null
  /** Payloads of a delivery to a sink, on average. Null: not a race of sinks. */
  readonly meanBatch: number | null
}

/** Reads the last line of `output`. Throws when it is not a complete measurement. */
export function parseMeasurement(output: string): Measurement {
  const line = output.trimEnd().split('\n').at(-1) ?? ''
  const fields = parseObject(line)
  const amount = (name: keyof Measurement): number => {
    const value = fields[name]
    if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value
    throw new Error(`not a measurement, ${name} is wrong: ${line.slice(0, 200)}`)
  }
  const amountOrNull = (name: keyof Measurement): number | null => (fields[name] === null ? null : amount(name))
  const amountIfSaid = (name: keyof Measurement): number | null => (fields[name] === undefined ? null : amountOrNull(name))
  return {
    messages: amount('messages'),
    seconds: amount('seconds'),
    cpuSeconds: amount('cpuSeconds'),
    childCpuSeconds: amountOrNull('childCpuSeconds'),
    maxRssBytes: amount('maxRssBytes'),
    loopDelayP50Ms: amountIfSaid('loopDelayP50Ms'),
    loopDelayP99Ms: amountOrNull('loopDelayP99Ms'),
    meanBatch: amountIfSaid('meanBatch'),
  }
}

function parseObject(line: string): Readonly<Record<string, unknown>> {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch (error) {
    throw new Error(`the last line of output is no JSON: ${line.slice(0, 200)}`, { cause: error })
  }
  if (typeof value !== 'object' || value === null) throw new Error(`the last line of output is no object: ${line.slice(0, 200)}`)
  return { ...value }
}

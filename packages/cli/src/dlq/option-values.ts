/** Parsers of the option values of `drakkar dlq`. */
import { parseWhere, type WhereCondition } from '@drakkar/core'
import { InvalidArgumentError } from 'commander'

export interface Moment {
  /** As it was given. */
  readonly text: string
  /** Unix milliseconds. */
  readonly ms: number
}

const unitMs = new Map([
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
  ['w', 604_800_000],
])

const calendarTime = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?)(Z|[+-]\d{2}:\d{2})?)?$/i

/** NaN for what is none, and for days no calendar has. Without a zone: UTC. */
function calendarMs(text: string): number {
  const [, date, time = '00:00', zone = 'Z'] = calendarTime.exec(text) ?? []
  const day = date === undefined ? Number.NaN : Date.parse(`${date}T00:00Z`)
  // "2026-02-31" would be read as a day of March.
  if (date === undefined || Number.isNaN(day) || new Date(day).toISOString().slice(0, 10) !== date) return Number.NaN
  return Date.parse(`${date}T${time}${zone.toUpperCase()}`)
}

/** `2026-11-21`, `2026-11-21T06:00:00Z`, or so long ago: `90s`, `30m`, `2h`, `7d`. Without a zone: UTC. */
export function moment(text: string, nowMs: number): Moment {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d|w)$/.exec(text) ?? []
  const factor = unitMs.get(unit ?? '')
  if (factor !== undefined) return { text, ms: nowMs - Number(amount) * factor }
  const ms = calendarMs(text)
  if (Number.isNaN(ms))
    throw new InvalidArgumentError('It must be a time such as 2026-11-21T06:00:00Z, or a duration such as 90s, 30m, 2h, 7d.')
  return { text, ms }
}

export interface WhereOption {
  readonly text: string
  readonly condition: WhereCondition
}

/** For an option that may be given several times. */
export function whereList(text: string, before: readonly WhereOption[] | undefined): readonly WhereOption[] {
  const parsed = parseWhere(text)
  if (!parsed.ok)
    throw new InvalidArgumentError(`${upperFirst(parsed.reason)}, e.g. error_type=TimeoutError or payload.data.customer_id=42.`)
  return [...(before ?? []), { text, condition: parsed.condition }]
}

/** `100/s`, `0.5/s`, or the number alone: messages per second. */
export function ratePerSecond(text: string): number {
  const [, amount] = /^(\d+(?:\.\d+)?)(?:\/s)?$/.exec(text) ?? []
  const rate = Number(amount)
  if (!(rate > 0)) throw new InvalidArgumentError('It must be messages per second, e.g. 100/s or 0.5/s.')
  return rate
}

/** `host:port`, separated by commas. */
export function brokerList(text: string): string {
  const brokers = text.split(',').map((broker) => broker.trim())
  if (brokers.some((broker) => broker === '' || /[\s/]/.test(broker))) {
    throw new InvalidArgumentError('It must be host:port, separated by commas.')
  }
  return brokers.join(',')
}

export function nonEmptyText(text: string): string {
  if (text === '') throw new InvalidArgumentError('It must not be empty.')
  return text
}

function upperFirst(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`
}

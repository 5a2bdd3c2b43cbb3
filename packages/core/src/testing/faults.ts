/** What can go wrong in a run, as data. Made with the functions below and given as `faults`, or to `inject`. */
import { SinkError } from '@drakkar/plugin-sdk'

/** When a fault happens: at the first of these, at once without any. */
export interface When {
  /** As soon as so many programs have been started since the beginning, retries included. */
  readonly afterStarted?: number
  /** As soon as so many payloads have been delivered since the beginning, and before the worker hears of the last one. */
  readonly afterDelivered?: number
  /** After so many seconds of virtual time. */
  readonly afterSeconds?: number
}

export interface RebalanceOptions extends When {
  /** Default: all. */
  readonly partitions?: readonly number[]
  /**
   * True: they are gone without notice, as after an expired session; what runs is given up. Default false: they are taken away
   * in order, what runs is finished and committed. Either way they come back at once.
   */
  readonly lost?: boolean
}

export interface FailSinkOptions extends When {
  /** Deliveries that fail; `Infinity`: all. Default 1. */
  readonly times?: number
  /** Default: a transient one. */
  readonly error?: SinkError
  /** Only these payloads fail, the others of the delivery arrive. Default: the delivery fails as a whole. */
  readonly payloads?: (payload: unknown) => boolean
  /** True: the sink does not answer at all, until the delivery is given up (`delivery_timeout_seconds`). */
  readonly hang?: boolean
}

export interface BrokerDownOptions extends When {
  /** Of virtual time. */
  readonly seconds: number
}

export interface FailDeadLettersOptions extends When {
  /** Sends that fail; `Infinity`: all. Default 1. */
  readonly times?: number
}

export type Fault =
  | ({ readonly kind: 'rebalance' } & RebalanceOptions)
  | ({ readonly kind: 'killWorker' } & When)
  | ({ readonly kind: 'failSink'; readonly sink: string } & FailSinkOptions)
  | ({ readonly kind: 'brokerDown' } & BrokerDownOptions)
  | ({ readonly kind: 'failDeadLetters' } & FailDeadLettersOptions)

/** Partitions are taken away and given back, as when another worker joins and leaves. */
export function rebalance(options: RebalanceOptions = {}): Fault {
  return { kind: 'rebalance', ...options }
}

/**
 * The worker ends as by SIGKILL: nothing more of it is delivered, committed or heard. When its session has expired
 * (`kafka.session_timeout_ms`), a new worker begins at the committed offsets.
 */
export function killWorker(options: When = {}): Fault {
  return { kind: 'killWorker', ...options }
}

/** Deliveries to a sink fail. `sink`: `type/name`. */
export function failSink(sink: string, options: FailSinkOptions = {}): Fault {
  return { kind: 'failSink', sink, ...options }
}

/** The log cannot be reached: no records come, commits and dead letters are refused. */
export function brokerDown(options: BrokerDownOptions): Fault {
  return { kind: 'brokerDown', ...options }
}

/** The dead-letter log refuses what is sent to it. */
export function failDeadLetters(options: FailDeadLettersOptions = {}): Fault {
  return { kind: 'failDeadLetters', ...options }
}

/** An error that trying again may cure. */
export function transient(message = 'a scripted failure'): SinkError {
  return new SinkError({ kind: 'transient', message })
}

/** The sink asks for a pause. */
export function throttled(retryAfterMs: number, message = 'a scripted pause'): SinkError {
  return new SinkError({ kind: 'throttled', retryAfterMs, message })
}

/** An error that stays however often it is tried. */
export function permanent(message = 'a scripted refusal'): SinkError {
  return new SinkError({ kind: 'permanent', message })
}

/** For error messages: how the fault was written. */
export function faultText(fault: Fault): string {
  const { kind, ...options } = fault
  const { sink, ...others } = 'sink' in options ? options : { sink: undefined, ...options }
  const fields = Object.entries(others).map(([key, value]) => `${key}: ${valueText(value)}`)
  const argument = fields.length === 0 ? [] : [`{ ${fields.join(', ')} }`]
  return `${kind}(${[...(sink === undefined ? [] : [`'${sink}'`]), ...argument].join(', ')})`
}

function valueText(value: unknown): string {
  if (typeof value === 'function') return '…'
  if (value instanceof SinkError) return `${value.kind}('${value.message}')`
  return Array.isArray(value) ? `[${value.join(', ')}]` : String(value)
}

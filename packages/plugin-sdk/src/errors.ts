/**
 * The error taxonomy. Classes are branded with `Symbol.for`, so `isInstance` works across two installed copies of
 * this package where `instanceof` does not.
 */
import type { ErrorCode } from './error-codes.ts'

const brand = Symbol.for('drakkar.error')

export interface DrakkarErrorOptions {
  readonly code: ErrorCode
  readonly message: string
  readonly cause?: unknown
}

/** Base of every error Drakkar throws on purpose. `code` is stable, the message is for people. */
export class DrakkarError extends Error {
  readonly code: ErrorCode

  constructor(options: DrakkarErrorOptions) {
    super(options.message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = new.target.name
    this.code = options.code
    markBrand(this, 'DrakkarError')
  }

  static isInstance(value: unknown): value is DrakkarError {
    return hasBrand(value, 'DrakkarError')
  }
}

/** One place in the configuration that is wrong. */
export interface ConfigProblem {
  /** Dotted path, e.g. `sinks.kafka.results.topic`. */
  readonly path: string
  readonly message: string
  /** File name, `environment`, or absent when the value is a default. */
  readonly origin?: string
  /** 1-based position in the file. */
  readonly line?: number
  readonly column?: number
}

/** The configuration cannot be used; `problems` holds every one that was found. */
export class ConfigError extends DrakkarError {
  readonly problems: readonly ConfigProblem[]

  constructor(options: DrakkarErrorOptions & { readonly problems?: readonly ConfigProblem[] }) {
    super(options)
    this.problems = options.problems ?? []
    markBrand(this, 'ConfigError')
  }

  static override isInstance(value: unknown): value is ConfigError {
    return hasBrand(value, 'ConfigError')
  }
}

/** A sink package is missing, broken or in conflict with another. */
export class PluginError extends DrakkarError {
  readonly sinkType: string
  readonly packageName: string | undefined

  constructor(options: DrakkarErrorOptions & { readonly sinkType: string; readonly packageName?: string | undefined }) {
    super(options)
    this.sinkType = options.sinkType
    this.packageName = options.packageName
    markBrand(this, 'PluginError')
  }

  static override isInstance(value: unknown): value is PluginError {
    return hasBrand(value, 'PluginError')
  }
}

/**
 * What the framework may do about a failure: `transient` may pass by itself, `throttled` asks for a pause,
 * `permanent` will not change by trying again.
 */
export type SinkErrorKind = 'transient' | 'throttled' | 'permanent'

export interface SinkErrorOptions {
  readonly kind: SinkErrorKind
  readonly message: string
  /** Only with `throttled`: how long the target asked us to wait, in milliseconds. */
  readonly retryAfterMs?: number | undefined
  /** Default false. See `SinkError.ambiguous`. */
  readonly ambiguous?: boolean | undefined
  /** Default false. See `SinkError.unclassified`. */
  readonly unclassified?: boolean | undefined
  readonly cause?: unknown
  /** Default `DRK_SINK_DELIVERY_FAILED`. */
  readonly code?: ErrorCode
}

/** A classified failure of a sink. Made at the sink's edge (`classify-error.ts`), read by the framework. */
export class SinkError extends DrakkarError {
  readonly kind: SinkErrorKind
  readonly retryAfterMs: number | undefined
  /**
   * Nobody knows whether the payload arrived: the request was sent and its answer never came. Such a failure is repeated within
   * a delivery only when the sink is idempotent.
   */
  readonly ambiguous: boolean
  /** Nobody said what kind of failure it is, e.g. a `TypeError` of the sink: it speaks against the sink although it is `permanent`. */
  readonly unclassified: boolean

  constructor(options: SinkErrorOptions) {
    super({ code: options.code ?? 'DRK_SINK_DELIVERY_FAILED', message: options.message, cause: options.cause })
    this.kind = options.kind
    this.retryAfterMs = options.retryAfterMs
    this.ambiguous = options.ambiguous ?? false
    this.unclassified = options.unclassified ?? false
    markBrand(this, 'SinkError')
  }

  static override isInstance(value: unknown): value is SinkError {
    return hasBrand(value, 'SinkError')
  }
}

/** A sink answered a batch with a set of responses the contract does not allow (spec NMF-6). */
export class SinkContractError extends DrakkarError {
  /** Ids concerned: without an answer, answered twice, unknown, or answered invalidly. */
  readonly ids: readonly string[]

  constructor(options: { readonly message: string; readonly ids: readonly string[] }) {
    super({ code: 'DRK_SINK_CONTRACT', message: options.message })
    this.ids = options.ids
    markBrand(this, 'SinkContractError')
  }

  static override isInstance(value: unknown): value is SinkContractError {
    return hasBrand(value, 'SinkContractError')
  }
}

/** Whether the log operation may succeed when tried again (`transient`), was refused because the partition is no
 * longer ours (`fenced`), or never will (`fatal`: the consumer or producer has ended; `permanent`: this request only). */
export type LogErrorKind = 'transient' | 'fenced' | 'permanent' | 'fatal'

/** A failure of the message log (Kafka, embedded, memory). */
export class LogError extends DrakkarError {
  readonly kind: LogErrorKind

  constructor(options: { readonly kind: LogErrorKind; readonly message: string; readonly code?: ErrorCode; readonly cause?: unknown }) {
    super({ code: options.code ?? 'DRK_LOG_FAILED', message: options.message, cause: options.cause })
    this.kind = options.kind
    markBrand(this, 'LogError')
  }

  static override isInstance(value: unknown): value is LogError {
    return hasBrand(value, 'LogError')
  }
}

/** Text of anything thrown. Never throws itself. */
export function errorMessage(error: unknown): string {
  if (error instanceof Error) return error.message === '' ? error.name : error.message
  try {
    return String(error)
  } catch {
    return 'a value that cannot be shown was thrown'
  }
}

function markBrand(error: Error, name: string): void {
  Object.defineProperty(error, Symbol.for(`${brand.description}.${name}`), { value: true })
}

function hasBrand(value: unknown, name: string): boolean {
  return typeof value === 'object' && value !== null && Symbol.for(`${brand.description}.${name}`) in value
}

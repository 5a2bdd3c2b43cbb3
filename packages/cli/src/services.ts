/** What the commands need of the running parts of the runtime: a port, so that their tests need no broker. */
import type { DrakkarAppOptions, OpenedDeadLetters, OpenSinks, ReplayTarget } from '@drakkar/core'
import type { Logger } from '@drakkar/plugin-sdk'
import type { LogOpenContext, MessageLog } from '@drakkar/plugin-sdk/log'

/** Which log `produce` and `tail` work on. */
export type LogChoice =
  | { readonly from: 'brokers'; readonly brokers: string }
  | { readonly from: 'embedded'; readonly path: string }
  /** Undefined: `DRAKKAR_CONFIG`, else defaults and the environment. */
  | { readonly from: 'config'; readonly path: string | undefined }

export interface OpenLogOptions extends LogOpenContext {
  readonly mayCreate: boolean
}

export type WorkerOptions = Pick<DrakkarAppOptions, 'handler' | 'configPath' | 'appRoot' | 'workerId' | 'until'>

/** The dead letters of a configuration, whose other sections may be wrong (spec RPL-19). */
export interface DeadLetterLogs extends OpenedDeadLetters {
  /** Kafka at other brokers, with the TLS and the credentials of the source. */
  openTarget(brokers: string): Promise<MessageLog>
}

export interface SinkTargetRequest {
  /** Undefined: as for the log. */
  readonly configPath: string | undefined
  readonly logger: Logger
  /** Most payloads of one delivery; null: the sinks' own limits. */
  readonly maxItems: number | null
  /** Which sinks to create, and whether to connect them. */
  readonly open: OpenSinks
}

export interface CliServices {
  /** `mayCreate` false: an embedded log whose file does not exist is a `LogError` instead of a new file. */
  openLog(choice: LogChoice, options: OpenLogOptions): Promise<MessageLog>
  /** Connects to nothing yet. An embedded log must exist. */
  openDeadLetters(configPath: string | undefined, context: LogOpenContext): Promise<DeadLetterLogs>
  /** The selected sinks of a configuration, to replay into. Rejects when one cannot be used. */
  openSinkTarget(request: SinkTargetRequest): Promise<ReplayTarget>
  /** Runs a worker until it is stopped; handles signals itself. Resolves with the exit code. */
  runWorker(options: WorkerOptions): Promise<number>
}

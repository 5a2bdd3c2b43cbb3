/** What the commands need of the running parts of the runtime: a port, so that their tests need no broker. */
import type { DrakkarAppOptions } from '@drakkar/core'
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

export interface CliServices {
  /** `mayCreate` false: an embedded log whose file does not exist is a `LogError` instead of a new file. */
  openLog(choice: LogChoice, options: OpenLogOptions): Promise<MessageLog>
  /** Runs a worker until it is stopped; handles signals itself. Resolves with the exit code. */
  runWorker(options: WorkerOptions): Promise<number>
}

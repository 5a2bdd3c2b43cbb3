/** What a test says of a run. */
import type { SinkDefinition } from '@drakkar/plugin-sdk'
import type { Awaitable } from '../handler.ts'
import type { ExecutorTask, TaskMetadata } from '../model/task.ts'
import type { Fault } from './faults.ts'
import type { SinkAnswer } from './memory-sinks.ts'
import type { ProgramRun } from './scripted-process.ts'
import type { TestMessage } from './test-messages.ts'

export interface HandlerTestOptions<M extends TaskMetadata = TaskMetadata> {
  /** In the topic before the worker starts. */
  readonly messages?: readonly TestMessage[]
  /** Of the source topic. Default: as many as the messages ask for, at least one. */
  readonly partitions?: number
  /** As in drakkar.yaml, or what `loadConfig` made of it. Connections, ports and directories in it are not used. */
  readonly config?: Readonly<Record<string, unknown>>
  /**
   * The sinks besides those of `config.sinks`. A definition: payloads are checked by its schema; it gets an instance `main` unless
   * there is another. A text `type/name`: an instance; without a definition of its type it takes any payload.
   */
  readonly sinks?: readonly (string | SinkDefinition)[]
  /**
   * What the external programs do. `real`: the programs of the tasks are run, in real time. Default: they print nothing and
   * end with exit code 0.
   */
  readonly programs?: ((task: ExecutorTask<M>, attempt: number) => Awaitable<ProgramRun>) | 'real'
  /** A fault that has no effect makes `runHandler` reject. */
  readonly faults?: readonly Fault[]
  /** By `type/name`: what the sink answers for a payload. Default: it arrived. */
  readonly answers?: Readonly<Record<string, SinkAnswer>>
  /** By `type/name`: what hooks get as `context.sinks.type('name')`. */
  readonly handles?: Readonly<Record<string, unknown>>
  /** For all that is random. Default 1. */
  readonly seed?: number
  /** Real milliseconds for which virtual time stands still while a hook or an answer is under way. Default 200. */
  readonly patienceMs?: number
}

/** What is asked of the oracle, and what it answers: plain data, because it is in a process of its own. */
import type { MessagePlan } from './message-plan.ts'

export interface OracleSettings {
  /** Not through a proxy. */
  readonly brokers: string
  readonly topic: string
  readonly results: string
  readonly deadLetters: string
  readonly group: string
  readonly plan: MessagePlan
  /** What the task programs append to. */
  readonly executionsFile: string
  /** Lines that a file sink wrote, instead of the topic of results. */
  readonly resultsFile?: string
}

export interface OracleStatus {
  readonly produced: number
  /** Messages with at least one delivery. */
  readonly delivered: number
  /** Messages in the dead-letter topic. */
  readonly dead: number
  /** Messages with an end. */
  readonly settled: number
  /** Messages nobody owes any more. */
  readonly forgiven: number
  /** Sum of the committed offsets. */
  readonly committed: number
  /** Programs that were begun. */
  readonly executions: number
  /** Programs that were begun and have not come to their end, killed ones included. */
  readonly unended: number
  /** Executions by mode. */
  readonly byMode: Readonly<Record<string, number>>
  readonly messagesByMode: Readonly<Record<string, number>>
  /** Dead letters by mode and what they say: the stage that failed and, of a task, how: `task signal -11`. */
  readonly deadBy: Readonly<Record<string, Readonly<Record<string, number>>>>
  /** Looks at the broker that failed, since the start. */
  readonly failedLooks: number
  /** The last look that failed. */
  readonly lastFailure: string
}

export interface AtKill {
  /** Delivered or begun, and not committed. */
  readonly uncommitted: number
}

/** Lists are cut to a few; the counts are whole. */
export interface Finding {
  readonly count: number
  readonly some: readonly string[]
}

export interface OracleVerdict {
  readonly messages: number
  readonly delivered: number
  readonly dead: number
  /** Neither delivered nor dead-lettered. */
  readonly missing: Finding
  /** Delivered with other bytes than the message calls for. */
  readonly corrupted: Finding
  /** An end of something that was never produced. */
  readonly unknown: Finding
  /** Dead-lettered although its mode is delivered, and the other way round. */
  readonly unexpectedDead: Finding
  readonly unexpectedDelivered: Finding
  /** Committed at a moment at which it had no end. */
  readonly committedEarly: Finding
  /** First deliveries of a key out of the order of its offsets. */
  readonly inversions: Finding
  readonly duplicates: number
  /** Offsets that are not committed at the end. */
  readonly uncommitted: number
  readonly executions: number
  readonly reExecuted: number
  /** Kills that were counted. */
  readonly kills: number
  /** What was begun or ended and not committed: the sum over kills, or without one the highest seen. */
  readonly crashCost: number
}

export interface Recovery {
  /** Ends per second before the fault; null when there was too little time before it. */
  readonly rateBefore: number | null
  /** Null: not reached, or nothing to compare with. */
  readonly seconds: number | null
}

export interface OracleApi {
  open(settings: OracleSettings): Promise<void>
  /** Resolves when all are acknowledged. */
  produce(count: number): Promise<void>
  status(): Promise<OracleStatus>
  /** To be asked right after workers were killed: what of the topic was uncommitted then counts as what the kill may cost. */
  countKill(): Promise<AtKill>
  /** Messages below this offset are gone on purpose: nobody owes them any more. Resolves with how many had no end. */
  forgive(partition: number, below: number): Promise<number>
  /** Per partition: what is committed (0: nothing), and the offset after the last message. Asked afresh. */
  offsets(): Promise<ReadonlyMap<number, { readonly committed: number; readonly end: number }>>
  /** Looks afresh at everything. */
  look(): Promise<void>
  /** Unix milliseconds. */
  recovery(faultAtMs: number, healedAtMs: number): Promise<Recovery>
  verdict(): Promise<OracleVerdict>
  close(): Promise<void>
}

export type OracleMethod = keyof OracleApi

export interface OracleRequest {
  readonly call: number
  readonly method: OracleMethod
  readonly args: readonly unknown[]
}

export interface OracleAnswer {
  readonly call: number
  readonly value?: unknown
  readonly error?: string
}

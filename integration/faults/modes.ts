/**
 * What the task of a message does, and which end the message must come to. A further mode is one entry here and one branch in
 * `program/task.sh` (a program that behaves so) or in `program/handler.mjs` (a handler that does).
 */

export interface Mode {
  /** `either`: both are right. */
  readonly end: 'delivered' | 'dead' | 'either'
  /** Attempts that are not re-executions, because the handler asks for them. Default 1. */
  readonly attempts?: number
  /** No program runs for it. */
  readonly isProgramless?: boolean
  /** What its dead letters must say (`OracleStatus.deadBy`). Default: anything. */
  readonly reason?: string
  /**
   * The bytes of the message. Default `json`. `cut`: JSON text that stops in the middle. `bytes`: not even UTF-8. `empty`: nothing, and
   * no tombstone. `null`: JSON, but not what the handler takes. `huge`: JSON of `hugeBytes`; `huge_cut`: the same without its last byte.
   */
  readonly form?: 'json' | 'cut' | 'bytes' | 'empty' | 'null' | 'huge' | 'huge_cut'
}

/** `executor.max_retries` of the stage and the first attempt. */
const allAttempts = 4

export const hugeBytes = 11 * 2 ** 20

export const modes = {
  /** The handler gives the result itself; no program runs. */
  precomputed: { end: 'delivered', isProgramless: true },
  /** The program gives back what it read, after its time. */
  echo: { end: 'delivered' },
  /** The same, and has no process besides its own at any time. */
  lean: { end: 'delivered' },
  /** The program ends with code 1. */
  exit: { end: 'dead', reason: 'task exit 1' },

  // Messages that cannot be decoded.
  cut: { end: 'dead', form: 'cut', isProgramless: true, reason: 'deserialize' },
  bytes: { end: 'dead', form: 'bytes', isProgramless: true, reason: 'deserialize' },
  empty: { end: 'dead', form: 'empty', isProgramless: true, reason: 'deserialize' },
  huge: { end: 'dead', form: 'huge', reason: 'task exit 1' },
  huge_cut: { end: 'dead', form: 'huge_cut', isProgramless: true, reason: 'deserialize' },

  // Handlers that fail.
  alien: { end: 'dead', form: 'null', isProgramless: true, reason: 'arrange' },
  arrange_throws: { end: 'dead', isProgramless: true, reason: 'arrange' },
  arrange_hangs: { end: 'dead', isProgramless: true, reason: 'arrange' },
  complete_throws: { end: 'dead', reason: 'on_task_complete completed 0' },
  complete_hangs: { end: 'dead', reason: 'on_task_complete completed 0' },
  complete_astray: { end: 'dead', reason: 'on_task_complete completed 0' },

  // Programs that crash. The handler asks for another attempt each time.
  crash: { end: 'dead', attempts: allAttempts, reason: 'task signal -11' },
  exit137: { end: 'dead', attempts: allAttempts, reason: 'task exit 137' },
  killed: { end: 'dead', attempts: allAttempts, reason: 'task signal -9' },
  starved: { end: 'dead', attempts: allAttempts, reason: 'task exit 1' },
  /** Crashes once, and then works. */
  flaky: { end: 'delivered', attempts: 2 },

  // Programs and their pipes.
  flood: { end: 'delivered' },
  drip: { end: 'delivered' },
  junk: { end: 'delivered' },
  /** Never reads the megabyte it is given. */
  deaf: { end: 'delivered' },
  /** Ends before it could be given. */
  early: { end: 'delivered' },
  early_fails: { end: 'dead', reason: 'task exit 3' },

  // Programs that do not end.
  /** Ignores SIGTERM, and so does its child, which holds the pipe. */
  stubborn: { end: 'dead', reason: 'task timeout null' },
  /** Ends, and leaves a child that holds the pipe. */
  holder: { end: 'delivered' },
  /** Ends, and leaves a child in a session of its own. */
  escaped: { end: 'delivered' },

  // Commands that can never start. The handler would try again; it is not asked.
  nul: { end: 'dead', isProgramless: true, reason: 'task poison null' },
  too_long: { end: 'dead', isProgramless: true, reason: 'task poison null' },

  // Results with names that lead out of the folder of the file sink.
  path_up: { end: 'dead', isProgramless: true, reason: 'filesystem results' },
  path_absolute: { end: 'dead', isProgramless: true, reason: 'filesystem results' },
  path_nul: { end: 'dead', isProgramless: true, reason: 'filesystem results' },
  path_link: { end: 'dead', isProgramless: true, reason: 'filesystem results' },
} as const satisfies Record<string, Mode>

export type ModeName = keyof typeof modes

export function modeOf(name: ModeName): Mode {
  return modes[name]
}

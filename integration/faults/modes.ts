/**
 * What the task of a message does, and which end the message must come to. A further mode is one entry here and one branch in
 * `program/task.sh` (a program that behaves so) or in `program/handler.mjs` (a handler that does).
 */

export interface Mode {
  /** `either`: both are right. */
  readonly end: 'delivered' | 'dead' | 'either'
  /** False: no JSON text, so that it cannot be decoded. Default true. */
  readonly isJson?: boolean
  /** Attempts that are not re-executions, because the handler asks for them. Default 1. */
  readonly attempts?: number
}

export const modes = {
  /** The handler gives the result itself; no program runs. */
  precomputed: { end: 'delivered' },
  /** The program gives back what it read, after its time. */
  echo: { end: 'delivered' },
  /** The program ends with code 1. */
  exit: { end: 'dead' },
} as const satisfies Record<string, Mode>

export type ModeName = keyof typeof modes

export function modeOf(name: ModeName): Mode {
  return modes[name]
}

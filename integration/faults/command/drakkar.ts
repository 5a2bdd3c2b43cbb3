/** The command `drakkar` as a stranger starts it, for scenarios whose fault is in what it is given. */
import { spawn, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { runProgram, type Ended } from '../../support/run-program.ts'

const program = fileURLToPath(new URL('./bin/drakkar.js', import.meta.resolve('@drakkar/cli/package.json')))

export interface TimedEnd extends Ended {
  readonly seconds: number
}

export async function drakkar(args: readonly string[], options: { readonly cwd: string; readonly input?: string }): Promise<TimedEnd> {
  const beganMs = performance.now()
  const ended = await runProgram(process.execPath, [program, ...args], options)
  return { ...ended, seconds: (performance.now() - beganMs) / 1000 }
}

/** With an open stdin. */
export function startDrakkar(args: readonly string[], cwd: string): ChildProcess {
  return spawn(process.execPath, [program, ...args], { cwd, stdio: ['pipe', 'ignore', 'ignore'] })
}

/** Polls a server until it answers, and fails at once when its process has ended. */
import { setTimeout as sleep } from 'node:timers/promises'

const pollEveryMs = 100

export interface ReadyOptions {
  readonly what: string
  readonly withinMs: number
  /** One try; true when the server answered. */
  readonly probe: () => Promise<boolean>
  /** Resolves when the server's process ends. Absent for a server that is not ours. */
  readonly ended?: Promise<string>
}

export async function waitUntilReady(options: ReadyOptions): Promise<void> {
  let ended: string | null = null
  void options.ended?.then((how) => {
    ended = how
  })
  const deadlineMs = Date.now() + options.withinMs
  while (!(await options.probe())) {
    if (ended !== null) throw new Error(`${options.what} ended before it answered (${String(ended)})`)
    if (Date.now() > deadlineMs) throw new Error(`${options.what} did not answer within ${options.withinMs / 1000} s`)
    await sleep(pollEveryMs)
  }
}

/** Everything a command touches of the process around it, so that tests can hand in their own. */
import type { Readable } from 'node:stream'
import { OutputStream } from './output-stream.ts'

export interface CommandIo {
  /** Bytes; `isTTY` as on `process.stdin`. */
  readonly stdin: Readable & { readonly isTTY?: boolean }
  /** Results only. */
  readonly stdout: OutputStream
  /** Everything else: progress, warnings, errors. */
  readonly stderr: OutputStream
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly workingDirectory: string
  /** Takes over SIGINT and SIGTERM until disposed. A second signal ends the process at once. */
  catchSignals(): CaughtSignals
}

export interface CaughtSignals extends Disposable {
  /** Aborts with the name of the signal as its reason. */
  readonly signal: AbortSignal
}

const stopSignals = ['SIGINT', 'SIGTERM'] as const

/** The process itself. */
export function processIo(): CommandIo {
  return {
    stdin: process.stdin,
    stdout: new OutputStream(process.stdout, process.env),
    stderr: new OutputStream(process.stderr, process.env),
    environment: process.env,
    workingDirectory: process.cwd(),
    catchSignals,
  }
}

function catchSignals(): CaughtSignals {
  const controller = new AbortController()
  const release = () => {
    for (const name of stopSignals) process.off(name, onSignal)
  }
  const onSignal = (name: NodeJS.Signals) => {
    release()
    controller.abort(name)
  }
  for (const name of stopSignals) process.on(name, onSignal)
  return { signal: controller.signal, [Symbol.dispose]: release }
}

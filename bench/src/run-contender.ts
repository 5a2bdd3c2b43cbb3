/** Runs the process of one contender and reads what it measured. */
import { spawn } from 'node:child_process'
import { parseMeasurement, type Measurement } from './measurement.ts'
import type { Run } from './race.ts'

/** End of a hanging contender. */
const timeLimitMs = 600_000
const keptErrorCharacters = 2_000

/** Rejects when the process fails, hangs, reports nothing or is ended by the signal, and when its work is not what it claims. */
export async function runContender(run: Run, signal?: AbortSignal): Promise<Measurement> {
  const output = await outputOf(run, signal)
  const measurement = parseMeasurement(output)
  await run.verify(measurement)
  return measurement
}

function outputOf({ command, args }: Run, signal: AbortSignal | undefined): Promise<string> {
  return new Promise((resolve, reject) => {
    const limits = { timeout: timeLimitMs, killSignal: 'SIGKILL', ...(signal === undefined ? {} : { signal }) } as const
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...limits })
    let output = ''
    let errors = ''
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk
    })
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      errors = (errors + chunk).slice(-keptErrorCharacters)
    })
    child.once('error', reject)
    child.once('close', (code, signal) => {
      if (code === 0) resolve(output)
      else reject(new Error(`ended with ${signal ?? `code ${code}`}\n${errors.trimEnd()}`))
    })
  })
}

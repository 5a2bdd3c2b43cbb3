/** `node node-spawn.js MESSAGES AT_ONCE`: child_process.spawn with three pipes, as an executor of external programs needs. */
import { spawn } from 'node:child_process'
import { publish, Stopwatch } from './stopwatch.ts'

const [messages = '', atOnce = ''] = process.argv.slice(2)
const expected = Number(messages)
let started = 0

const stopwatch = new Stopwatch()
stopwatch.start()
await Promise.all(Array.from({ length: Number(atOnce) }, worker))
publish(stopwatch.stop(expected))

async function worker(): Promise<void> {
  while (started < expected) {
    started += 1
    await runOnce()
  }
}

function runOnce(): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('/bin/true', [], { stdio: 'pipe' })
    child.stdin.end()
    child.stdout.resume()
    child.stderr.resume()
    child.once('error', reject)
    child.once('close', (code) => (code === 0 ? resolve() : reject(new Error(`/bin/true ended with code ${code}`))))
  })
}

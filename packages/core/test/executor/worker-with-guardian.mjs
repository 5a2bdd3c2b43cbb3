/** A worker for `guardian.test.ts`: starts the guardian and child groups as the executor does, reports their pids, waits. */
import { spawn } from 'node:child_process'

const [guardianFile = '', runId = ''] = process.argv.slice(2)
const guardian = spawn(process.execPath, [guardianFile, runId], { detached: true, env: {}, stdio: ['pipe', 'pipe', 'ignore'] })
await new Promise((resolve) => guardian.stdout.once('data', resolve))

/** @param {string} script @param {Record<string, string>} [env] */
const start = (script, env = {}) =>
  spawn('/bin/sh', ['-c', script], { detached: true, stdio: ['ignore', 'pipe', 'ignore'], env: { ...process.env, ...env } })

const watched = [start('sleep 300 & echo $!; wait'), start('trap "" TERM INT HUP; sleep 300 & echo $!; wait')]
const unwatched = start('sleep 300 & echo $!; wait')
const forgotten = start('sleep 300 & echo $!; wait')
// Never told of, but carrying the run id: started an instant before the worker died, or fled into a session of its own.
const escaped = start('setsid sleep 300 & echo $!; wait', { DRAKKAR_RUN_ID: runId })
/** @typedef {ReturnType<typeof start>} Child */
const printedPid = (/** @type {Child} */ child) => new Promise((resolve) => child.stdout.once('data', (data) => resolve(Number(data))))
const grandchildren = await Promise.all([...watched, unwatched, forgotten, escaped].map(printedPid))

for (const child of [...watched, forgotten]) guardian.stdin.write(`+${child.pid}\n`)
guardian.stdin.write(`-${forgotten.pid}\nnonsense\n+1\n+0\n`)
const pids = (/** @type {Child[]} */ children) => children.map((child) => child.pid)
process.send?.({
  guardian: guardian.pid,
  doomed: [...pids(watched), grandchildren[0], grandchildren[1], escaped.pid, grandchildren[4]],
  spared: [...pids([unwatched, forgotten]), grandchildren[2], grandchildren[3]],
})
setInterval(() => {}, 1000)

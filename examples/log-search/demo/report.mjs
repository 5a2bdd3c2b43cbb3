// What happened, read back from the log and the files rather than from the worker's own counters where possible.
import { join } from 'node:path'

/**
 * @param {{
 *   log: import('@drakkar/plugin-sdk/log').MessageLog, topic: string, group: string, app: import('@drakkar/core').DrakkarApp,
 *   seconds: number, output: string, countLines: (path: string) => Promise<number>, shown: (path: string) => string,
 * }} run
 */
export async function report(run) {
  const snapshot = run.app.snapshot()
  if (snapshot === null) throw new Error('the worker never started')
  const { counters } = snapshot
  const offsets = await readOffsets(run)
  const letters = await readDeadLetters(run)
  const files = { matches: join(run.output, 'matches.jsonl'), summary: join(run.output, 'summary.txt') }
  const rows = [
    ['messages', `${offsets.end} in ${offsets.partitions} partitions`],
    ['tasks', `${counters.tasksCompleted} completed, ${counters.tasksFailed} failed attempts, ${counters.taskRetries} retried`],
    ...snapshot.sinks.map((sink) => [`delivered to ${sink.sink_name}`, `${sink.delivered_payloads} payloads`]),
    ['dead-lettered', `${letters.total} (${[...letters.byStage].map(([stage, count]) => `${stage} ${count}`).join(', ')})`],
    ['committed', `${offsets.committed} of ${offsets.end}: ${offsets.committed === offsets.end ? 'everything is settled' : 'NOT the end'}`],
    ['time', `${run.seconds.toFixed(1)} s, ${Math.round(counters.tasksStarted / run.seconds)} programs per second`],
    ['results', `${run.shown(files.matches)} (${await run.countLines(files.matches)} lines)`],
    ['', `${run.shown(files.summary)} (${await run.countLines(files.summary)} lines)`],
  ]
  console.log()
  for (const [name = '', value = ''] of rows) console.log(`  ${name.padEnd(22)}${value}`)
}

/** @param {{ log: import('@drakkar/plugin-sdk/log').MessageLog, topic: string, group: string }} run */
async function readOffsets({ log, topic, group }) {
  const admin = log.admin()
  const ranges = await admin.offsets(topic)
  const committed = await admin.committed(group, topic)
  await admin.close()
  const sum = (/** @type {Iterable<number>} */ numbers) => [...numbers].reduce((total, number) => total + number, 0)
  return { partitions: ranges.size, end: sum([...ranges.values()].map(({ end }) => end)), committed: sum(committed.values()) }
}

/** @param {{ log: import('@drakkar/plugin-sdk/log').MessageLog, topic: string }} run */
async function readDeadLetters({ log, topic }) {
  /** @type {Map<string, number>} */
  const byStage = new Map()
  let total = 0
  for await (const record of log.read(`${topic}_dlq`, { signal: AbortSignal.timeout(60_000) })) {
    if (record.value === null) continue
    const { sink_name: stage } = JSON.parse(Buffer.from(record.value).toString())
    byStage.set(stage, (byStage.get(stage) ?? 0) + 1)
    total += 1
  }
  return { total, byStage }
}

/**
 * Tasks that take time and no processor: the lab watches 48 partitions on a machine with two cores. At most so many of a partition run
 * at once, whatever the other partitions do, so that the pause between two task ends of a partition says something about
 * that partition alone.
 */
export class LabExecutor {
  activeCount = 0
  maxExecutors
  #plan
  #ledger
  #lines = new Map()

  /** `plan`: `minMs`, `maxMs`, `perPartition`. */
  constructor(plan, { ledger, maxExecutors }) {
    this.#plan = plan
    this.#ledger = ledger
    this.maxExecutors = maxExecutors
  }

  get waitingCount() {
    return [...this.#lines.values()].reduce((sum, line) => sum + line.waiting.length, 0)
  }

  async start() {}

  async close() {
    for (const line of this.#lines.values()) for (const job of line.waiting.splice(0)) job.giveUp()
  }

  run(task, { signal, admission }) {
    const line = this.#lineOf(task.metadata.partition)
    return new Promise((resolve) => {
      const job = { task, signal, resolve, giveUp: () => this.#giveUp(line, job) }
      job.stopWaiting = () => {
        for (const one of [signal, admission]) one?.removeEventListener('abort', job.giveUp)
      }
      for (const one of [signal, admission]) one?.addEventListener('abort', job.giveUp)
      line.waiting.push(job)
      if (signal.aborted || admission?.aborted) job.giveUp()
      else this.#startNext(line)
    })
  }

  #lineOf(partition) {
    const known = this.#lines.get(partition)
    if (known !== undefined) return known
    const line = { running: 0, waiting: [] }
    this.#lines.set(partition, line)
    return line
  }

  #giveUp(line, job) {
    const place = line.waiting.indexOf(job)
    if (place < 0) return
    line.waiting.splice(place, 1)
    job.stopWaiting()
    job.resolve(failed(job.task))
  }

  #startNext(line) {
    if (line.running >= this.#plan.perPartition) return
    const job = line.waiting.shift()
    if (job === undefined) return
    job.stopWaiting()
    line.running += 1
    this.activeCount += 1
    const { partition, offset } = job.task.metadata
    this.#ledger.write('start', partition, offset)
    const onEnd = (kind, outcome) => {
      clearTimeout(timer)
      job.signal.removeEventListener('abort', onKill)
      this.#ledger.write(kind, partition, offset)
      line.running -= 1
      this.activeCount -= 1
      job.resolve(outcome)
      this.#startNext(line)
    }
    const onKill = () => onEnd('killed', failed(job.task))
    const timer = setTimeout(() => onEnd('end', completed(job.task)), this.#durationMs(partition, offset))
    job.signal.addEventListener('abort', onKill)
  }

  /** The same for a message in every run: evenly spread between the limits. */
  #durationMs(partition, offset) {
    const { minMs, maxMs } = this.#plan
    return minMs + ((offset * 7919 + partition * 104_729) % (maxMs - minMs + 1))
  }
}

function completed(task) {
  return { status: 'completed', result: resultOf(task, 0) }
}

function failed(task) {
  const result = resultOf(task, -1)
  return {
    status: 'failed',
    result,
    error: { task, kind: 'cancelled', exitCode: null, stderr: '', exception: 'cancelled', pid: null, result },
  }
}

function resultOf(task, exitCode) {
  const nothing = Buffer.alloc(0)
  const output = { stdout: '', stderr: '', stdoutBytes: nothing, stderrBytes: nothing, truncated: { stdout: false, stderr: false } }
  return { task, exitCode, durationSeconds: 0, pid: null, signal: null, ...output }
}

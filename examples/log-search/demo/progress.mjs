// Live progress: one line that is repainted on a terminal, plain lines now and then elsewhere.

const barWidth = 12
const plainEveryMs = 2000

/** @param {NodeJS.WriteStream} stream */
export function createProgress(stream) {
  const isTerminal = stream.isTTY === true && process.env.TERM !== 'dumb'
  let isOpen = false
  let lastPlainMs = -Infinity

  /** @param {string} text @param {boolean} [important] */
  function line(text, important = false) {
    if (isTerminal) {
      // A terminal that has not been told its size (docker, script, CI) says 0 columns.
      stream.write(`\r\u001b[2K${fitted(text, Math.max(20, (stream.columns || 80) - 1))}`)
      isOpen = true
      return
    }
    if (!important && performance.now() - lastPlainMs < plainEveryMs) return
    lastPlainMs = performance.now()
    stream.write(`${text}\n`)
  }

  function end() {
    if (isOpen) stream.write('\n')
    isOpen = false
  }

  return {
    end,

    /** @param {string} what @param {number} done @param {number} total */
    show(what, done, total) {
      line(`${bar(done, total)} ${done}/${total} ${what}`, done >= total)
    },

    /**
     * Shows the worker's counters until the returned function is called.
     * @param {import('@drakkar/core').DrakkarApp} app @param {number} total
     */
    follow(app, total) {
      const timer = setInterval(() => line(describe(app.snapshot(), total)), 100)
      return () => {
        clearInterval(timer)
        line(describe(app.snapshot(), total), true)
        end()
      }
    },
  }
}

/** @param {import('@drakkar/core').AppSnapshot | null} snapshot @param {number} total */
function describe(snapshot, total) {
  if (snapshot === null) return 'starting the worker'
  const { completed, taskRetries } = snapshot.counters
  const delivered = snapshot.sinks.map((sink) => `${sink.sink_name} ${sink.delivered_payloads}`).join('  ')
  return `${bar(completed, total)} ${completed}/${total} settled  ${snapshot.activeExecutors} running  ${taskRetries} retried  ${snapshot.deadLettered} dead  ${delivered}`
}

/** Leaves out the figures at the end that do not fit whole. @param {string} text @param {number} width */
function fitted(text, width) {
  if (text.length <= width) return text
  const end = text.lastIndexOf('  ', width)
  return text.slice(0, end > 0 ? end : width)
}

/** @param {number} done @param {number} total */
function bar(done, total) {
  const filled = Math.min(barWidth, Math.round((done / Math.max(1, total)) * barWidth))
  return `[${'#'.repeat(filled)}${'.'.repeat(barWidth - filled)}]`
}

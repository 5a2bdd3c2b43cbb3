// @ts-nocheck -- imports the built package, which need not exist when types are checked
/**
 * A worker that spools and sends without end, to be killed, for spool-kill.integration.test.ts: `node spool-child.mjs <directory>`.
 * It runs the built package, because Node 20 cannot run the sources. One JSON value per line on stdout, which is a pipe:
 * what was said before a kill arrives.
 */
import { systemClock } from '@drakkar/plugin-sdk'
import { openSpool } from '../dist/dlq/spool/open-spool.js'

const [, , directory] = process.argv
const silent = { debug() {}, info() {}, warn() {}, error() {}, critical() {}, child: () => silent }
const spool = await openSpool({ directory, workerId: 'w', clock: systemClock, logger: silent })

function say(value) {
  process.stdout.write(`${JSON.stringify(value)}\n`)
}

/** Groups of entries that share a sync, some of them large enough to be torn. */
async function append() {
  for (let number = 0; ;) {
    const ids = Array.from({ length: 1 + (number % 7) }, () => `${process.pid}:${(number += 1)}`)
    const padding = 'x'.repeat(number % 11 === 0 ? 300_000 : 20)
    await Promise.all(
      ids.map(async (id) => {
        await spool.append({ topic: 'dlq', key: Buffer.from(id), value: Buffer.from(padding) })
        say({ spooled: id })
      }),
    )
  }
}

/** Sends about half of what comes in, so that files grow, are noted and go. */
async function send() {
  for (let round = 0; ; round += 1) {
    await spool.filled(new AbortController().signal)
    const batch = await spool.next()
    if (batch === null) continue
    const count = round % 3 === 0 ? batch.entries.length : Math.ceil(batch.entries.length / 3)
    for (const { entry } of batch.entries.slice(0, count)) say({ sent: Buffer.from(entry.key).toString() })
    await spool.markSent(batch, count)
    await systemClock.sleep(round % 20)
  }
}

await Promise.all([append(), send()])

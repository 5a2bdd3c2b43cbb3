/** `node sink-origin.js SINK URL NAME BATCH GROUP WARM_UP MEASURED`: the origin's way, each payload by itself, one after the other. */
import { loadTarget } from '../sinks/load-target.ts'
import { measureDelivery } from '../sinks/measure-delivery.ts'
import { parseSinkRun } from '../sinks/sink-run.ts'
import { publish } from './stopwatch.ts'

const run = parseSinkRun(process.argv.slice(2))
const target = await loadTarget(run.sink)
const driver = await target.openBare(run.place, { inFlight: 1 })
const measurement = await measureDelivery(target, run, {
  size: 1,
  atOnce: 1,
  send: async (payloads) => {
    for (const payload of payloads) await driver.sendOne(payload)
  },
})
await driver.close()
publish(measurement)

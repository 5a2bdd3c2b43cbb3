/** `node sink-bare.js SINK URL NAME BATCH GROUP WARM_UP MEASURED`: the driver alone, the same batches. */
import { loadTarget } from '../sinks/load-target.ts'
import { measureDelivery } from '../sinks/measure-delivery.ts'
import { sinkCases } from '../sinks/sink-cases.ts'
import { parseSinkRun } from '../sinks/sink-run.ts'
import { publish } from './stopwatch.ts'

const run = parseSinkRun(process.argv.slice(2))
const { inFlight } = sinkCases[run.sink]
const target = await loadTarget(run.sink)
const driver = await target.openBare(run.place, { inFlight })
const measurement = await measureDelivery(target, run, {
  size: run.batch,
  atOnce: inFlight,
  send: (payloads) => driver.sendBatch(payloads),
})
await driver.close()
publish(measurement)

/**
 * `node sink-lane.js SINK URL NAME BATCH GROUP WARM_UP MEASURED`: Drakkar. Results of GROUP payloads are routed and delivered;
 * the lane makes batches of BATCH of them. Twice what can be in flight is handed over at once, so that the lane never waits.
 */
import { loadLaneCore } from '../sinks/lane-core.ts'
import { loadTarget } from '../sinks/load-target.ts'
import { measureDelivery } from '../sinks/measure-delivery.ts'
import { openLane } from '../sinks/open-lane.ts'
import { sinkCases } from '../sinks/sink-cases.ts'
import { parseSinkRun } from '../sinks/sink-run.ts'
import { publish } from './stopwatch.ts'

const run = parseSinkRun(process.argv.slice(2))
const { inFlight } = sinkCases[run.sink]
const target = await loadTarget(run.sink)
const { definition } = target
const lane = await openLane(await loadLaneCore(), { definition, config: target.config(run.place), maxItems: run.batch, inFlight })
const measurement = await measureDelivery(target, run, {
  size: run.group,
  atOnce: Math.ceil((2 * inFlight * run.batch) / run.group),
  send: (payloads) => lane.deliver(payloads),
  deliveries: () => lane.deliveries(),
})
await lane[Symbol.asyncDispose]()
publish(measurement)

/** One sink at one batch size: the bare driver, Drakkar, and the origin's way, on places of their own. */
import { contenderPath } from '../package-folder.ts'
import type { Contender, OpenRace, Race, Run } from '../race.ts'
import { originPayloads, sinkCases, warmUpPayloads, type SinkName } from './sink-cases.ts'
import { sinkRunArguments } from './sink-run.ts'
import type { Place, SinkTarget } from './target.ts'

export interface SinkRaceOptions {
  readonly sink: SinkName
  readonly target: SinkTarget
  /** Of the server; for files a folder. */
  readonly url: string
  readonly batch: number
}

export type SinkContender = 'bare' | 'drakkar' | 'drakkar-grouped' | 'origin'

interface Plan {
  readonly name: SinkContender
  readonly program: 'sink-bare' | 'sink-lane' | 'sink-origin'
  readonly about: string
  /** Payloads of a CollectResult. */
  readonly group: number
  readonly measured: number
}

/** What runs at this batch size. With batches of one, all ways but the first two would be the same again. */
export function contenderPlans(sink: SinkName, batch: number, payloads: number): readonly Plan[] {
  const { bare, origin } = sinkCases[sink]
  const plans: readonly Plan[] = [
    { name: 'bare', program: 'sink-bare', about: bare, group: batch, measured: payloads },
    { name: 'drakkar', program: 'sink-lane', about: 'one payload per result, gathered by the lane', group: 1, measured: payloads },
    { name: 'drakkar-grouped', program: 'sink-lane', about: 'a whole batch per result', group: batch, measured: payloads },
    { name: 'origin', program: 'sink-origin', about: origin, group: 1, measured: originPayloads(payloads) },
  ]
  return batch === 1 ? plans.slice(0, 2) : plans
}

export function sinkRace(options: SinkRaceOptions): Race {
  const { sink, batch } = options
  return {
    name: `sinks-${sink}-${batch}`,
    title: `${sink}, batches of ${batch}`,
    about: `${sinkCases[sink].unit} acknowledged`,
    defaultMessages: sinkCases[sink].payloads,
    open: ({ messages }) => Promise.resolve(open(options, messages)),
  }
}

function open(options: SinkRaceOptions, payloads: number): OpenRace {
  const places = new Set<Place>()
  const prefix = `bench_${process.pid}_${Date.now().toString(36)}_${options.sink}`
  let made = 0
  const { sink, target, url, batch } = options
  const contenders = contenderPlans(sink, batch, payloads).map((plan): Contender => ({
    name: plan.name,
    about: plan.about,
    prepare: async () => {
      made += 1
      const place = { url, name: `${prefix}_${made}` }
      await target.create(place)
      places.add(place)
      return runOf(plan, options, { place, forget: () => places.delete(place) })
    },
  }))
  return { contenders, leftOut: [], close: () => dropAll(target, places) }
}

interface OwnPlace {
  readonly place: Place
  /** It is gone. */
  forget(): void
}

function runOf(plan: Plan, { sink, target, batch }: SinkRaceOptions, { place, forget }: OwnPlace): Run {
  const { program, group, measured } = plan
  const warmUp = warmUpPayloads(measured)
  return {
    command: process.execPath,
    args: [contenderPath(program), ...sinkRunArguments({ sink, place, batch, group, warmUp, measured })],
    verify: async () => {
      const expected = warmUp + measured
      const found = await target.count(place, expected)
      await target.drop(place)
      forget()
      if (found !== expected) throw new Error(`${found} payloads have arrived instead of ${expected}`)
    },
  }
}

/** What a run that failed has left. Never rejects: why it failed is worth more, and a server of our own is going anyway. */
async function dropAll(target: SinkTarget, places: ReadonlySet<Place>): Promise<void> {
  const drops = await Promise.allSettled([...places].map((place) => target.drop(place)))
  const kept = [...places].filter((_place, index) => drops[index]?.status === 'rejected')
  if (kept.length > 0) console.error(`!!! could not remove ${kept.map(({ name }) => name).join(', ')}`)
}

/** Random failures, retries, aborts and timings of composed sinks, against what their targets hold. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { failure, fanOut, ok, SinkError, withBatching, type DeliverResult } from '../../src/index.ts'
import { createFakeClock, createTestSink, deliverCall } from '../../src/testing/index.ts'
import { again, items, NumberPayload, scripted, turn } from './scripted-sink.ts'

const busy = new SinkError({ kind: 'transient', message: 'busy' })
const names = ['first', 'second', 'third'] as const

/** Per delivery and child: which payloads it fails (by position), or that it throws. */
const behaviour = fc.array(
  fc.oneof({ weight: 4, arbitrary: fc.subarray([0, 1, 2, 3]) }, { weight: 1, arbitrary: fc.constant('throws' as const) }),
  {
    minLength: 3,
    maxLength: 12,
    size: 'max',
  },
)

it('a fan-out delivers to each child until it takes, never again after that, and is done when all took', async () => {
  await fc.assert(
    fc.asyncProperty(behaviour, fc.integer({ min: 1, max: 4 }), async (behaviours, count) => {
      let turnOf = 0
      const taken = new Map(names.map((name) => [name, new Array<number>()]))
      const children = names.map((name) => {
        const child = scripted({
          deliver(batch) {
            const fails = behaviours[(turnOf += 1) % (behaviours.length + 2)] ?? []
            if (fails === 'throws') throw busy
            return batch.map(({ id, payload }, index) => {
              if (fails.includes(index)) return failure(id, busy)
              taken.get(name)?.push(payload.n)
              return ok(id)
            })
          },
        })
        return [name, child.definition] as const
      })
      const sink = createTestSink(fanOut({ type: 'fan', payload: NumberPayload, children: Object.fromEntries(children) }))
      let open = items(...Array.from({ length: count }, (_, index) => index))
      for (let attempt = 0; open.length > 0 && attempt < 200; attempt += 1) {
        const answers = (await sink.deliver(open, deliverCall())) ?? []
        const isDone = (id: string): boolean => answers.some((answer) => answer.id === id && answer.status === 'ok')
        for (const { id, payload } of open) {
          const everywhere = names.every((name) => taken.get(name)?.includes(payload.n))
          expect(isDone(id), `${id} is done exactly when every child took it`).toBe(everywhere)
        }
        open = again(open.filter(({ id }) => !isDone(id)))
      }
      for (const numbers of taken.values()) expect(new Set(numbers).size, 'a child got a payload it had taken').toBe(numbers.length)
    }),
    { numRuns: 150 },
  )
})

type Action =
  | { readonly kind: 'deliver'; readonly count: number }
  | { readonly kind: 'end'; readonly how: 'well' | 'throws' | 'odd' }
  | { readonly kind: 'wait' }
  | { readonly kind: 'abort'; readonly index: number }

const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 5, arbitrary: fc.integer({ min: 1, max: 4 }).map((count): Action => ({ kind: 'deliver', count })) },
  { weight: 4, arbitrary: fc.constantFrom('well', 'throws', 'odd').map((how): Action => ({ kind: 'end', how })) },
  { weight: 2, arbitrary: fc.constant<Action>({ kind: 'wait' }) },
  { weight: 1, arbitrary: fc.nat({ max: 12 }).map((index): Action => ({ kind: 'abort', index })) },
)
const limits = fc.record({
  maxItems: fc.integer({ min: 1, max: 6 }),
  maxWaitMs: fc.constantFrom(0, 10),
  maxInFlight: fc.integer({ min: 1, max: 3 }),
})

it('batches carry each payload once, in order, and each caller gets the answers of its own', async () => {
  await fc.assert(
    fc.asyncProperty(limits, fc.array(action, { maxLength: 40, size: 'max' }), async (options, actions) => {
      const running: ((how: 'well' | 'throws' | 'odd') => void)[] = []
      const fate = new Map<number, boolean>()
      let isFree = false
      let largest = 0
      let mostInFlight = 0
      const child = scripted({
        async deliver(batch) {
          largest = Math.max(largest, batch.length)
          mostInFlight = Math.max(mostInFlight, running.length + 1)
          const how = isFree ? 'well' : await new Promise<'well' | 'throws' | 'odd'>((resolve) => running.push(resolve))
          const arrives = (n: number): boolean => how === 'well' || (how === 'odd' && n % 2 === 1)
          for (const { payload } of batch) fate.set(payload.n, arrives(payload.n))
          if (how === 'throws') throw busy
          return batch.map(({ id, payload }) => (arrives(payload.n) ? ok(id) : failure(id, busy)))
        },
      })
      const clock = createFakeClock()
      const sink = createTestSink(withBatching(child.definition, { ...options, clock }))
      const aborts: AbortController[] = []
      const callers: Promise<void>[] = []
      let made = 0
      const deliver = async (count: number): Promise<void> => {
        const numbers = Array.from({ length: count }, () => (made += 1))
        const abort = new AbortController()
        aborts.push(abort)
        const delivery = Promise.resolve(sink.deliver(items(...numbers), deliverCall({ signal: abort.signal })))
        const answers: DeliverResult | 'given up' = await delivery.catch(() => 'given up' as const)
        if (answers === 'given up') return expect(abort.signal.aborted).toBe(true)
        const expected = numbers.map((n) => [`p${n}`, fate.get(n) === true ? 'ok' : 'failure'])
        expect((answers ?? []).map(({ id, status }) => [id, status])).toEqual(expected)
      }
      for (const step of actions) {
        if (step.kind === 'deliver') callers.push(deliver(step.count))
        else if (step.kind === 'end') running.shift()?.(step.how)
        else if (step.kind === 'wait') await clock.advance(10)
        else aborts[step.index]?.abort(new Error('given up'))
        await turn()
      }
      isFree = true
      for (const end of running.splice(0)) end('well')
      await sink.close?.({ signal: new AbortController().signal })
      await Promise.all(callers)
      expect(largest).toBeLessThanOrEqual(options.maxItems)
      expect(mostInFlight).toBeLessThanOrEqual(options.maxInFlight)
      const sent = child.deliveries.flat()
      expect(sent, 'each payload at most once, in the order of the calls').toEqual([...new Set(sent)].toSorted((a, b) => a - b))
    }),
    { numRuns: 80 },
  )
})

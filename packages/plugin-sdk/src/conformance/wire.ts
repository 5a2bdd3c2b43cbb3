/** Rules of the members that say something about a payload without delivering it. */
import assert from 'node:assert/strict'
import type { Sink, WireForm } from '../sink.ts'
import { deliverCall } from '../testing/test-context.ts'
import { type CaseRun, itemsFor } from './case-run.ts'
import type { ConformanceCase } from './conformance-case.ts'

export const wireCases: readonly ConformanceCase[] = [
  {
    rule: 'SINK-070',
    async run(run) {
      const sink = run.create()
      const orderingKey = sink.orderingKey?.bind(sink) ?? run.skip('the sink has no orderingKey()')
      const keyOf = (payload: object): string | null => {
        const key: unknown = orderingKey(payload)
        assert.ok(key === null || typeof key === 'string', `orderingKey() gave ${typeof key}`)
        return key
      }
      assertStable(run, keyOf, 'orderingKey()')
    },
  },
  {
    rule: 'SINK-071',
    async run(run) {
      const encode = encoder(run, run.create())
      assertStable(run, (payload) => plainForm(encode(payload)), 'encode()')
    },
  },
  {
    rule: 'SINK-072',
    async run(run) {
      const probeWire = run.options.probeWire ?? run.skip('the options have no probeWire')
      const sink = await run.connected()
      const encode = encoder(run, sink)
      const expected = run.options.samples.map((sample) => plainForm(encode(structuredClone(sample))))
      await run.inTime(sink.deliver(itemsFor(run.options.samples), deliverCall()), 'deliver()')
      if (run.isLossy) await run.arrived(sink)
      const sent = (await probeWire(run.target)).map(plainForm)
      assert.notEqual(sent.length, 0, 'nothing was sent')
      // Missing payloads are the business of SINK-031.
      const others = sent.filter((form) => !expected.some((own) => covers(own, form)))
      assert.deepEqual(others, [], `sent was what encode() does not give; it gives ${JSON.stringify(expected)}`)
    },
  },
]

function encoder<T>(run: CaseRun<T>, sink: Sink<unknown>): (payload: object) => WireForm {
  const encode = sink.encode?.bind(sink) ?? run.skip('the sink has no encode()')
  return (payload) => {
    const form = encode(payload)
    assert.ok(form.body instanceof Uint8Array, 'encode() gave a body that is no Uint8Array')
    return form
  }
}

/** Twice the same for equal payloads, and the payload as it was. */
function assertStable<T, R>(run: CaseRun<T>, read: (payload: object) => R, what: string): void {
  for (const sample of run.options.samples) {
    const payload = structuredClone(sample)
    const first = read(payload)
    assert.deepEqual(payload, sample, `${what} changed the payload`)
    assert.deepEqual(read(payload), first, `${what} gave something else the second time`)
    assert.deepEqual(read(structuredClone(sample)), first, `${what} gave something else for an equal payload`)
  }
}

interface PlainForm {
  readonly body: string
  readonly key?: string | null
  readonly headers?: readonly (readonly [string, string])[]
}

/** Comparable, and readable in a failure. */
function plainForm({ body, key, headers }: WireForm): PlainForm {
  return {
    body: text(body),
    ...(key === undefined ? {} : { key: key === null ? null : text(key) }),
    ...(headers === undefined ? {} : { headers: headers.map(([name, value]) => [name, text(value)] as const) }),
  }
}

/** Whether `sent` has the same body, and the same key when both say one, and every header of `form` that it keeps. */
function covers(form: PlainForm, sent: PlainForm): boolean {
  if (sent.body !== form.body) return false
  if (sent.key !== undefined && sent.key !== (form.key ?? null)) return false
  const kept = sent.headers
  return (
    kept === undefined || (form.headers ?? []).every(([name, value]) => kept.some(([other, found]) => other === name && found === value))
  )
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1')
}

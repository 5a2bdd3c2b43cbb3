/** Rules of the serving store (spec NMF-15, NMF-16). */
import assert from 'node:assert/strict'
import { SinkError } from '../errors.ts'
import type { ServingStore } from '../sink.ts'
import { call, type CaseRun } from './case-run.ts'
import type { ConformanceCase } from './conformance-case.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const lasting = 3600
/** The shortest life an answer can have. */
const brief = 1

export const servingCases: readonly ConformanceCase[] = [
  {
    rule: 'SINK-080',
    async run(run) {
      const store = await connectedStore(run)
      const [id, otherId] = [requestId(), requestId()]
      const binary = Uint8Array.from([0, 255, 10, 128])
      await run.inTime(store.put(id, bytes('first'), { ...call(), ttlSeconds: lasting }), 'put()')
      await run.inTime(store.put(otherId, binary, { ...call(), ttlSeconds: lasting }), 'put()')
      await run.inTime(store.put(id, bytes('second'), { ...call(), ttlSeconds: lasting }), 'put()')
      assert.deepEqual(plain(await run.inTime(store.get(id, call()), 'get()')), plain(bytes('second')))
      assert.deepEqual(plain(await run.inTime(store.get(otherId, call()), 'get()')), plain(binary))
    },
  },
  {
    rule: 'SINK-081',
    async run(run) {
      const store = await connectedStore(run)
      assert.equal(await run.inTime(store.get(requestId(), call()), 'get()'), null)
    },
  },
  {
    rule: 'SINK-082',
    async run(run) {
      const passTime = run.options.passTime ?? run.skip('the options have no passTime')
      const store = await connectedStore(run)
      const [id, lastingId] = [`expiring-${requestId()}`, requestId()]
      await run.inTime(store.put(id, bytes('brief'), { ...call(), ttlSeconds: brief }), 'put()')
      await run.inTime(store.put(lastingId, bytes('lasting'), { ...call(), ttlSeconds: lasting }), 'put()')
      await passTime(run.target, brief)
      assert.equal(await run.inTime(store.get(id, call()), 'get()'), null, 'an answer is there after its time')
      assert.notEqual(await run.inTime(store.get(lastingId, call()), 'get()'), null, 'an answer is gone before its time')
    },
  },
  {
    rule: 'SINK-083',
    async run(run) {
      run.needs('makeUnreachable')
      const store = await connectedStore(run)
      await run.act('makeUnreachable')
      const ending = await run.ending(() => store.put(requestId(), bytes('lost'), { ...call(), ttlSeconds: lasting }))
      assert.equal(ending.kind, 'rejected', 'put() did not reject')
      assert.ok(ending.kind === 'rejected' && SinkError.isInstance(ending.error), 'put() rejected with something that is no SinkError')
    },
  },
]

async function connectedStore<T>(run: CaseRun<T>): Promise<ServingStore> {
  const sink = await run.connected()
  return sink.servingStore ?? run.skip('the sink has no serving store')
}

let requestsMade = 0

/** An id no other case uses, on a target that may be shared. */
function requestId(): string {
  requestsMade += 1
  return `request-${process.pid}-${performance.timeOrigin}-${requestsMade}`
}

function plain(body: Uint8Array | null): readonly number[] | null {
  return body === null ? null : [...body]
}

/** Rules of connect, close and check. */
import assert from 'node:assert/strict'
import { SinkError } from '../errors.ts'
import { call, isDelivered, itemsFor, type CaseRun } from './case-run.ts'
import { assertSamePayloads, type ConformanceCase } from './conformance-case.ts'

export const lifecycleCases: readonly ConformanceCase[] = [
  {
    rule: 'SINK-010',
    async run(run) {
      const sink = run.create()
      if (sink.connect === undefined) run.skip('the sink has no connect()')
      await assertRefuses(run, sink)
    },
  },
  {
    rule: 'SINK-011',
    async run(run) {
      const sink = await run.connected()
      const close = sink.close?.bind(sink) ?? run.skip('the sink has no close()')
      if (sink.connect === undefined) run.skip('the sink has no connect()')
      await run.inTime(close(call()), 'close()')
      await assertRefuses(run, sink)
    },
  },
  {
    rule: 'SINK-012',
    async run(run) {
      const sink = await run.connected()
      for (let times = 0; times < 3; times += 1) await run.inTime(sink.close?.(call()), 'close()')
    },
  },
  {
    rule: 'SINK-013',
    async run(run) {
      await run.inTime(run.create().close?.(call()), 'close()')
    },
  },
  {
    rule: 'SINK-014',
    async run(run) {
      const ending = await connectUnreachable(run)
      assert.equal(ending.kind, 'rejected', 'connect() did not reject')
      assert.ok(ending.kind === 'rejected' && SinkError.isInstance(ending.error), 'connect() rejected with something that is no SinkError')
    },
  },
  {
    rule: 'SINK-015',
    async run(run) {
      run.needs('makeUnreachable', 'makeReachable')
      const sink = run.create()
      const connect = sink.connect?.bind(sink) ?? run.skip('the sink has no connect()')
      await run.act('makeUnreachable')
      await run.ending(() => connect(call()))
      await run.act('makeReachable')
      await run.inTime(connect(call()), 'the second connect()')
      const [item] = itemsFor([run.sample])
      if (item === undefined) return
      const ending = await run.deliver(sink, [item])
      assert.ok(isDelivered(ending, item.id), 'nothing is delivered after the second connect()')
    },
  },
  {
    rule: 'SINK-016',
    async run(run) {
      run.needs('openHandles')
      await connectUnreachable(run)
      assert.equal(await run.openHandles(), 0, 'handles that are still open')
    },
  },
  {
    rule: 'SINK-017',
    async run(run) {
      run.needs('openHandles')
      const sink = run.create()
      await Promise.all([run.ending(() => sink.connect?.(call())), run.ending(() => sink.close?.(call()))])
      await run.ending(() => sink.close?.(call()))
      assert.equal(await run.openHandles(), 0, 'handles that are still open')
    },
  },
  {
    rule: 'SINK-018',
    async run(run) {
      run.needs('openHandles')
      const sink = await run.connected()
      await run.deliver(sink, itemsFor([run.sample]))
      await run.inTime(sink.close?.(call()), 'close()')
      assert.equal(await run.openHandles(), 0, 'handles that are still open')
    },
  },
  {
    rule: 'SINK-019',
    async run(run) {
      const first = await run.connected()
      const second = await run.connected()
      await run.ending(() => first.close?.(call()))
      const [item] = itemsFor([run.sample])
      if (item === undefined) return
      const ending = await run.deliver(second, [item])
      assert.ok(isDelivered(ending, item.id), 'closing one sink took the connection of another')
    },
  },
  {
    rule: 'SINK-020',
    async run(run) {
      const sink = await run.connected()
      const check = sink.check?.bind(sink) ?? run.skip('the sink has no check()')
      await run.inTime(check(call()), 'check()')
      await run.act('makeUnreachable')
      const ending = await run.ending(() => check(call()))
      assert.equal(ending.kind, 'rejected', 'check() did not reject')
    },
  },
  {
    rule: 'SINK-021',
    async run(run) {
      const sink = await run.connected()
      const check = sink.check?.bind(sink) ?? run.skip('the sink has no check()')
      const before = await run.probe()
      await run.ending(() => check(call()))
      assertSamePayloads(await run.probe(), before, 'check() changed the target')
    },
  },
]

async function assertRefuses<T>(run: CaseRun<T>, sink: ReturnType<CaseRun<T>['create']>): Promise<void> {
  const [item] = itemsFor([run.sample])
  if (item === undefined) return
  const ending = await run.deliver(sink, [item])
  assert.ok(!isDelivered(ending, item.id), 'a sink without a connection answered that a payload was delivered')
}

/** Connects to an unreachable target, then closes. */
async function connectUnreachable<T>(run: CaseRun<T>) {
  run.needs('makeUnreachable')
  const sink = run.create()
  if (sink.connect === undefined) run.skip('the sink has no connect()')
  await run.act('makeUnreachable')
  const ending = await run.ending(() => sink.connect?.(call()))
  await run.ending(() => sink.close?.(call()))
  return ending
}

/** LOG-60 … LOG-66: how a partition goes from one member to another when both are well. */
import assert from 'node:assert/strict'
import type { CollectingListener } from './collecting-listener.ts'
import { numbered, range } from './kit.ts'
import type { Consuming, Kit } from './kit.ts'
import { needsHandOver } from './rule.ts'
import type { Rule } from './rule.ts'

export const handOverRules: readonly Rule[] = [
  {
    id: 'LOG-60',
    title: 'nobody gets a partition before the onRevoke of its owner has resolved; what stays goes on meanwhile',
    needs: needsHandOver,
    async run(kit) {
      const { topic, first, second, revoked, finish } = await draining(kit)
      const stays = first.listener.partitions().filter((partition) => !revoked.includes(partition))
      for (const partition of stays) await kit.fill(topic, numbered('meanwhile', 20), partition)
      await first.listener.waitFor('what stays', (listener) => stays.every((partition) => listener.offsets(partition).length >= 25))
      assert.deepEqual(
        second.listener.partitions().filter((partition) => revoked.includes(partition)),
        [],
      )
      await finish()
      await second.listener.waitFor('what moved', (listener) => revoked.every((partition) => listener.assigned.has(partition)))
    },
  },
  {
    id: 'LOG-61',
    title: 'a commit is accepted while onRevoke is awaited, and the next owner begins there',
    needs: needsHandOver,
    async run(kit) {
      const { first, second, revoked, finish } = await draining(kit)
      const requests = revoked.map((partition) => first.listener.request(partition, 3))
      assert.deepEqual(await first.consumer.commit(requests), { committed: requests, refused: [] })
      await finish()
      await second.listener.waitFor('what was not committed', (listener) => revoked.every((one) => listener.offsets(one).length >= 2))
      for (const partition of revoked) {
        assert.equal(second.listener.assigned.get(partition)?.committed, 3)
        assert.deepEqual(second.listener.offsets(partition), [3, 4])
      }
    },
  },
  {
    id: 'LOG-62',
    title: 'nothing of a partition is delivered from the call of its onRevoke on',
    needs: needsHandOver,
    async run(kit) {
      const { topic, first, second, revoked, finish } = await draining(kit)
      for (const partition of range(0, 4)) await kit.fill(topic, numbered('meanwhile', 5), partition)
      await first.listener.waitFor('what stays', ({ records }) => records.length >= 20 + (4 - revoked.length) * 5)
      await finish()
      await second.listener.waitFor('what moved', ({ records }) => records.length >= revoked.length * 10)
      for (const partition of revoked) assert.deepEqual(first.listener.offsets(partition), range(0, 5))
    },
  },
  {
    id: 'LOG-63',
    title: 'what was given away is refused afterwards, and has a higher epoch when it comes back',
    needs: needsHandOver,
    async run(kit) {
      const { first, second, revoked, finish } = await draining(kit)
      const before = revoked.map((partition) => first.listener.request(partition, 5))
      await finish()
      await second.listener.waitFor('what moved', (listener) => revoked.every((partition) => listener.assigned.has(partition)))
      assert.deepEqual((await first.consumer.commit(before)).refused, before)
      await second.consumer.stop()
      await first.listener.waitFor('everything again', (listener) => listener.partitions().length === 4)
      for (const { partition, epoch } of before) assert.ok(first.listener.request(partition, 5).epoch > epoch)
      assert.deepEqual((await first.consumer.commit(before)).refused, before)
    },
  },
  {
    id: 'LOG-64',
    title: 'nothing is lost when members join and leave as they should: no onLost is called, no record comes twice',
    needs: needsHandOver,
    async run(kit) {
      const topic = await kit.topic(4)
      const all: Consuming[] = []
      for (const size of [1, 2, 3]) {
        all.push(await joinAndCommit(kit, topic))
        await kit.until(
          `${size} members to share`,
          () => owners(all) === 4 && all.every(({ listener }) => listener.partitions().length > 0),
        )
        for (const partition of range(0, 4)) await kit.fill(topic, numbered(`with ${size}`, 5), partition)
        await kit.until('every record', () => received(all) >= size * 20)
      }
      const leaver = all[0]
      await leaver?.consumer.commit(leaver.listener.settled())
      await leaver?.consumer.stop()
      leaver?.listener.assigned.clear()
      await kit.until('the others to share', () => owners(all) === 4)
      for (const partition of range(0, 4)) await kit.fill(topic, numbered('after', 5), partition)
      await kit.until('every record', () => received(all) >= 80)
      assert.equal(received(all), 80)
      for (const { listener } of all) assert.deepEqual(eventsOf(listener, 'lost'), [])
    },
  },
  {
    id: 'LOG-65',
    title: 'a consumer that stops while its onRevoke is awaited lets go of everything at once',
    needs: needsHandOver,
    async run(kit) {
      const { first, second, finish } = await draining(kit)
      await first.consumer.stop()
      await second.listener.waitFor('every partition', (listener) => listener.partitions().length === 4)
      await finish()
    },
  },
  {
    id: 'LOG-66',
    title: 'an onRevoke that rejects ends the consumer and is reported; the partitions go to the others',
    needs: needsHandOver,
    async run(kit) {
      const topic = await kit.topic(4)
      const whileRevoking = (): Promise<void> => Promise.reject(new Error('a defect of the listener'))
      const first = kit.prepare({ topic, listener: { whileRevoking } })
      await first.consumer.start(first.listener, kit.call())
      const second = await kit.consume({ topic, log: await kit.reopen() })
      await first.listener.waitFor('a fatal error', ({ errors }) => errors.some(({ kind }) => kind === 'fatal'))
      await second.listener.waitFor('every partition', (listener) => listener.partitions().length === 4)
    },
  },
]

interface Draining {
  readonly topic: string
  readonly first: Consuming
  readonly second: Consuming
  /** What `first` is about to give away. */
  readonly revoked: readonly number[]
  /** Lets the `onRevoke` resolve; resolves when `second` has started. */
  readonly finish: () => Promise<void>
}

/** A member with five records of each of four partitions, whose `onRevoke` is awaited because another has joined. */
async function draining(kit: Kit): Promise<Draining> {
  const topic = await kit.topic(4)
  for (const partition of range(0, 4)) await kit.fill(topic, numbered('v', 5), partition)
  let end: () => void = () => undefined
  const drained = new Promise<void>((resolve) => {
    end = resolve
  })
  const first = kit.prepare({ topic, listener: { whileRevoking: () => drained } })
  await first.consumer.start(first.listener, kit.call())
  await first.listener.waitFor('20 records', ({ records }) => records.length >= 20)
  const second = kit.prepare({ topic, log: await kit.reopen() })
  // It may have to wait for the hand-over.
  const starting = second.consumer.start(second.listener, kit.call())
  await Promise.race([starting, first.listener.waitFor('onRevoke', (listener) => eventsOf(listener, 'revoke').length > 0)])
  await first.listener.waitFor('onRevoke', (listener) => eventsOf(listener, 'revoke').length > 0)
  const revoked = eventsOf(first.listener, 'revoke')[0] ?? []
  const finish = async (): Promise<void> => {
    end()
    await starting
  }
  return { topic, first, second, revoked, finish }
}

/** A member that commits everything it has before it gives partitions away. */
async function joinAndCommit(kit: Kit, topic: string): Promise<Consuming> {
  const whileRevoking = async (partitions: readonly number[]): Promise<void> => {
    await member.consumer.commit(member.listener.settled(partitions))
  }
  const member = kit.prepare({ topic, log: await kit.reopen(), listener: { whileRevoking } })
  await member.consumer.start(member.listener, kit.call())
  return member
}

function eventsOf(listener: CollectingListener, wanted: 'revoke' | 'lost'): (readonly number[])[] {
  return listener.events.flatMap((event) => (event.type === wanted && 'partitions' in event ? [event.partitions] : []))
}

function owners(all: readonly Consuming[]): number {
  return all.reduce((sum, { listener }) => sum + listener.partitions().length, 0)
}

function received(all: readonly Consuming[]): number {
  return all.reduce((sum, { listener }) => sum + listener.records.length, 0)
}

/** LOG-24 … LOG-29: several members of one group. */
import assert from 'node:assert/strict'
import type { CollectingListener } from './collecting-listener.ts'
import { numbered, range } from './kit.ts'
import type { Consuming, Kit } from './kit.ts'
import { needsGroups } from './rule.ts'
import type { Rule } from './rule.ts'

export const groupRules: readonly Rule[] = [
  {
    id: 'LOG-24',
    title: 'two members share the partitions; each partition has one owner',
    needs: needsGroups,
    async run(kit) {
      const topic = await kit.topic(4)
      const first = await kit.consume({ topic })
      assert.deepEqual(first.listener.partitions(), range(0, 4))
      const second = await kit.consume({ topic, log: await kit.reopen() })
      await shared(kit, first, second)
      for (const partition of range(0, 4)) await kit.fill(topic, numbered(`p${partition}`, 3), partition)
      await kit.until('12 records', () => first.listener.records.length + second.listener.records.length >= 12)
      for (const { listener } of [first, second]) {
        assert.deepEqual(new Set(listener.records.map(({ partition }) => partition)), new Set(listener.partitions()))
      }
    },
  },
  {
    id: 'LOG-25',
    title: 'a member that leaves gives its partitions to the others, from the committed offset',
    needs: needsGroups,
    async run(kit) {
      const topic = await kit.topic(2)
      const first = await kit.consume({ topic })
      const second = await kit.consume({ topic, log: await kit.reopen() })
      await shared(kit, first, second)
      const moved = second.listener.partitions()[0] ?? -1
      await kit.fill(topic, numbered('v', 6), moved)
      await second.listener.waitFor('6 records', ({ records }) => records.length >= 6)
      await second.consumer.commit([second.listener.request(moved, 4)])
      await second.consumer.stop()
      await first.listener.waitFor('both partitions', (listener) => listener.partitions().length === 2)
      assert.equal(first.listener.assigned.get(moved)?.committed, 4)
      await first.listener.waitFor('the rest', (listener) => listener.offsets(moved).length >= 2)
      assert.deepEqual(first.listener.offsets(moved), [4, 5])
    },
  },
  {
    id: 'LOG-26',
    title: 'a partition that stays is not announced again and not delivered again; no record is lost',
    needs: needsGroups,
    async run(kit) {
      const topic = await kit.topic(4)
      for (const partition of range(0, 4)) await kit.fill(topic, numbered('a', 10), partition)
      const first = await kit.consume({ topic })
      await first.listener.waitFor('40 records', ({ records }) => records.length >= 40)
      const second = await kit.consume({ topic, log: await kit.reopen() })
      await shared(kit, first, second)
      for (const partition of range(0, 4)) await kit.fill(topic, numbered('b', 10), partition)
      await kit.until('every record', () => range(0, 4).every((partition) => seenBy([first, second], partition).size === 20))
      for (const partition of first.listener.partitions()) {
        assert.deepEqual(first.listener.offsets(partition), range(0, 20))
        assert.equal(announcements(first.listener, partition), 1)
      }
    },
  },
  {
    id: 'LOG-27',
    title: 'a commit of a partition that was given away is refused',
    needs: needsGroups,
    async run(kit) {
      const topic = await kit.topic(2)
      for (const partition of [0, 1]) await kit.fill(topic, numbered('v', 5), partition)
      const first = await kit.consume({ topic })
      await first.listener.waitFor('10 records', ({ records }) => records.length >= 10)
      const requests = [0, 1].map((partition) => first.listener.request(partition, 5))
      const second = await kit.consume({ topic, log: await kit.reopen() })
      await shared(kit, first, second)
      const moved = second.listener.partitions()[0] ?? -1
      const result = await first.consumer.commit(requests)
      assert.deepEqual(
        result.refused,
        requests.filter(({ partition }) => partition === moved),
      )
      assert.deepEqual([...(await kit.committed(topic)).keys()], [1 - moved])
    },
  },
  {
    id: 'LOG-28',
    title: 'what is committed while a rebalance begins, or while partitions are revoked, is not delivered again',
    needs: needsGroups,
    async run(kit) {
      const topic = await kit.topic(4)
      for (const partition of range(0, 4)) await kit.fill(topic, numbered('v', 10), partition)
      const commits: Promise<unknown>[] = []
      const commit = (): number => commits.push(first.consumer.commit(first.listener.settled()))
      const whileRevoking = async (partitions: readonly number[]): Promise<void> => {
        await first.consumer.commit(first.listener.settled(partitions))
      }
      const first = kit.prepare({ topic, listener: { whenRebalancing: commit, whileRevoking } })
      await first.consumer.start(first.listener, kit.call())
      await first.listener.waitFor('40 records', ({ records }) => records.length >= 40)
      const second = await kit.consume({ topic, log: await kit.reopen() })
      await shared(kit, first, second)
      await Promise.all(commits)
      for (const partition of range(0, 4)) await kit.fill(topic, ['last'], partition)
      await kit.until('every record', () => range(0, 4).every((partition) => seenBy([first, second], partition).size === 11))
      assert.deepEqual(second.listener.values(), ['last', 'last'], 'a committed record was delivered again')
      if (kit.options.gracefulHandOver === true) assert.ok(first.listener.events.some(({ type }) => type === 'revoke'))
    },
  },
  {
    id: 'LOG-29',
    title: 'a pause survives a rebalance, for partitions that stay and for those that come back',
    needs: needsGroups,
    async run(kit) {
      const topic = await kit.topic(4)
      const first = await kit.consume({ topic })
      first.consumer.pause(range(0, 4))
      const second = await kit.consume({ topic, log: await kit.reopen() })
      await shared(kit, first, second)
      await second.consumer.stop()
      await first.listener.waitFor('all partitions', (listener) => listener.partitions().length === 4)
      for (const partition of range(0, 4)) await kit.fill(topic, numbered('v', 3), partition)
      first.consumer.resume([2])
      await first.listener.waitFor('partition 2', (listener) => listener.offsets(2).length >= 3)
      assert.equal(first.listener.records.length, 3)
      first.consumer.resume(range(0, 4))
      await first.listener.waitFor('12 records', ({ records }) => records.length >= 12)
      for (const partition of range(0, 4)) assert.deepEqual(first.listener.offsets(partition), range(0, 3))
    },
  },
]

/** Resolves when both members have partitions, and each partition has one owner. */
async function shared(kit: Kit, first: Consuming, second: Consuming): Promise<void> {
  await kit.until('the members to share the partitions', () => {
    const [ours, theirs] = [first.listener.partitions(), second.listener.partitions()]
    const disjoint = ours.every((partition) => !theirs.includes(partition))
    return disjoint && ours.length === theirs.length && ours.length > 0
  })
}

function seenBy(consumings: readonly Consuming[], partition: number): Set<number> {
  return new Set(consumings.flatMap(({ listener }) => listener.offsets(partition)))
}

function announcements(listener: CollectingListener, partition: number): number {
  return listener.events.filter((event) => event.type === 'assign' && event.partitions.includes(partition)).length
}

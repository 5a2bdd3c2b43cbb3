import { deliveryItem } from '@drakkar/plugin-sdk/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FakeCluster, connectionError, protocolError } from '../test/fake-client.ts'
import type { KafkaPayload } from './payload.ts'
import { toRecords, type OutgoingRecord } from './request.ts'
import { sendRecords } from './send-records.ts'

const topic = 'results'

function recordsOf(payloads: readonly KafkaPayload[]): readonly OutgoingRecord[] {
  const items = payloads.map((payload) => deliveryItem(payload))
  return toRecords(items, { topic, allowTopicOverride: true, nowMs: 1, trace: () => undefined }).records
}

function send(
  cluster: FakeCluster,
  records: readonly OutgoingRecord[],
  { maxRequestBytes = 1_000_000, signal = new AbortController().signal } = {},
) {
  return sendRecords(records, { client: cluster.createClient(), topic, maxRequestBytes, signal })
}

describe('sendRecords', () => {
  it('sends a batch with one request', async () => {
    const cluster = new FakeCluster()
    const records = recordsOf([{ data: 1 }, { data: 2 }])
    expect(await send(cluster, records)).toEqual(new Map())
    expect(cluster.requests).toEqual([records])
  })

  it('fails exactly the records that are too large, once each, and keeps the order of the others (KFS-7)', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.boolean(), { maxLength: 30 }),
        fc.integer({ min: 1, max: 20_000 }),
        async (tooLarge, maxRequestBytes) => {
          const cluster = new FakeCluster()
          cluster.maxValueBytes = 100
          const records = recordsOf(tooLarge.map((isLarge) => ({ data: isLarge ? 'x'.repeat(200) : 'x' })))
          const failed = await send(cluster, records, { maxRequestBytes })
          expect([...failed.keys()]).toEqual(records.filter((_record, index) => tooLarge[index]))
          for (const error of failed.values()) expect(error.kind).toBe('permanent')
          expect(cluster.records).toEqual(records.filter((record) => !failed.has(record)))
        },
      ),
    )
  })

  it('sends nothing behind a record that will be tried again', async () => {
    const cluster = new FakeCluster()
    const records = recordsOf([1, 2, 3].map((data) => ({ data })))
    cluster.nextErrors.push(connectionError())
    const failed = await send(cluster, records, { maxRequestBytes: 1 })
    expect([...failed.keys()]).toEqual(records)
    expect([...failed.values()].map((error) => error.kind)).toEqual(['transient', 'transient', 'transient'])
    expect(cluster.requests).toHaveLength(1)
  })

  it('holds back only the same topic when its topic is gone for a while, and names the payload that is waited for', async () => {
    const cluster = new FakeCluster({ other: 1 })
    const records = recordsOf([{ data: 1 }, { data: 2, topic: 'other' }, { data: 3 }])
    const failed = await send(cluster, records, { maxRequestBytes: 1 })
    expect(failed.get(records[2] as OutgoingRecord)).toMatchObject({
      kind: 'transient',
      message: expect.stringMatching(/must not overtake an earlier payload\. Payload 0 was not produced to topic "results"/) as string,
    })
    expect([failed.size, cluster.records, cluster.requests.length]).toEqual([2, [records[1]], 2])
  })

  it('delivers what stands behind a record that is refused for good (SINK-044)', async () => {
    const cluster = new FakeCluster()
    cluster.maxValueBytes = 10
    const records = recordsOf([
      { key: 'a', data: 'x'.repeat(20) },
      { key: 'a', data: 2 },
    ])
    const failed = await send(cluster, records, { maxRequestBytes: 1 })
    expect([[...failed.keys()], cluster.records]).toEqual([[records[0]], [records[1]]])
  })

  it('answers exactly one end for each record, whatever fails, and never reorders what arrives', async () => {
    const fault = fc.constantFrom(
      null,
      connectionError(),
      protocolError('MESSAGE_TOO_LARGE', false),
      protocolError('NOT_LEADER_FOR_PARTITION', true),
      protocolError('TOPIC_AUTHORIZATION_FAILED', false),
      new TypeError('encoding'),
    )
    await fc.assert(
      fc.asyncProperty(
        fc.array(fault, { maxLength: 6 }),
        fc.nat({ max: 12 }),
        fc.integer({ min: 1, max: 500 }),
        async (faults, count, maxRequestBytes) => {
          const cluster = new FakeCluster({ results: 1, other: 1 })
          const records = recordsOf(Array.from({ length: count }, (_, data) => ({ data, topic: data % 3 === 0 ? 'other' : topic })))
          const pass = Symbol('pass')
          const planned: (Error | typeof pass)[] = faults.map((error) => error ?? pass)
          const client = cluster.createClient()
          const scripted = {
            send: (request: readonly OutgoingRecord[]) => {
              const next = planned.shift() ?? pass
              return next === pass ? client.send(request) : Promise.reject(next)
            },
          }
          const failed = await sendRecords(records, { client: scripted, topic, maxRequestBytes, signal: new AbortController().signal })
          for (const record of records) expect(Number(failed.has(record)) + Number(cluster.records.includes(record))).toBe(1)
          for (const name of [topic, 'other']) {
            const arrived = cluster.records.filter((record) => record.topic === name)
            expect(arrived.map(({ index }) => index)).toEqual(arrived.map(({ index }) => index).toSorted((a, b) => a - b))
          }
        },
      ),
      { numRuns: 300 },
    )
  })

  it('does not take a record for delivered that no broker acknowledged', async () => {
    const cluster = new FakeCluster()
    const records = recordsOf([1, 2, 3].map((data) => ({ data })))
    cluster.isForgotten = (record) => record === records[1]
    const failed = await send(cluster, records)
    expect([...failed]).toMatchObject([
      [records[1], { kind: 'transient', message: expect.stringContaining('did not acknowledge') as string }],
    ])
  })

  it('names the index, the topic and the reason (KFS-3)', async () => {
    const cluster = new FakeCluster()
    cluster.maxValueBytes = 10
    const failed = await send(cluster, recordsOf([{ data: 1 }, { data: 'x'.repeat(20) }]))
    expect([...failed.values()].map((error) => error.message)).toEqual([
      'Payload 1 was not produced to topic "results": the broker says MESSAGE_TOO_LARGE',
    ])
  })

  it.each([
    ['named by a payload is permanent', 'missing', 'permanent'],
    ['of the configuration may come back', topic, 'transient'],
  ])('a missing topic %s and concerns its own records only', async (_what, missing, kind) => {
    const cluster = new FakeCluster({ [missing === topic ? 'other' : topic]: 1 })
    const records = recordsOf([
      { data: 1, topic: missing === topic ? 'other' : topic },
      { data: 2, topic: missing },
    ])
    const failed = await send(cluster, records)
    expect([...failed]).toMatchObject([[records[1], { kind }]])
  })

  it('stops between requests when the call is aborted', async () => {
    const cluster = new FakeCluster()
    const controller = new AbortController()
    controller.abort()
    const records = recordsOf([{ data: 1 }])
    expect([...(await send(cluster, records, { signal: controller.signal }))]).toMatchObject([[records[0], { kind: 'transient' }]])
    expect(cluster.requests).toEqual([])
  })
})

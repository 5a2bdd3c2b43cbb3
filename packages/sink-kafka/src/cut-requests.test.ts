import { deliveryItem } from '@drakkar/plugin-sdk/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cutRequests, narrow, recordBytes } from './cut-requests.ts'
import type { KafkaPayload } from './payload.ts'
import { toRecord, type OutgoingRecord } from './request.ts'

const options = { topic: 'results', allowTopicOverride: true, nowMs: 1_700_000_000_000, trace: () => undefined }
const record = (payload: KafkaPayload): OutgoingRecord => toRecord(deliveryItem(payload), 0, options)

const manyRecords = fc
  .array(fc.nat({ max: 400 }), { maxLength: 40 })
  .map((sizes) => sizes.map((size) => record({ data: 'x'.repeat(size) })))

describe('cutRequests', () => {
  it('keeps every record once and in order, within the limit unless a record is alone', () => {
    fc.assert(
      fc.property(manyRecords, fc.integer({ min: 1, max: 1000 }), (records, maxBytes) => {
        const requests = cutRequests(records, maxBytes)
        expect(requests.flat()).toEqual(records)
        for (const request of requests) {
          const bytes = request.reduce((sum, one) => sum + recordBytes(one), 0)
          expect(request.length === 1 || bytes <= maxBytes).toBe(true)
          expect(request).not.toHaveLength(0)
        }
      }),
    )
  })
})

describe('narrow', () => {
  const topics = fc.array(fc.constantFrom('a', 'b'), { maxLength: 12 })
  it('gives smaller requests that hold every record once, in order within a topic, or none', () => {
    fc.assert(
      fc.property(topics, fc.constantFrom('record' as const, 'topic' as const, 'all' as const), (names, scope) => {
        const records = names.map((topic) => record({ data: 1, topic }))
        const smaller = narrow(records, scope)
        const isOneTopic = new Set(names).size < 2
        expect(smaller.length === 0).toBe(scope === 'all' || names.length < 2 || (scope === 'topic' && isOneTopic))
        if (smaller.length === 0) return
        for (const request of smaller) expect(request.length).toBeLessThan(records.length)
        for (const topic of ['a', 'b']) {
          expect(smaller.flat().filter((one) => one.topic === topic)).toEqual(records.filter((one) => one.topic === topic))
        }
      }),
    )
  })
})

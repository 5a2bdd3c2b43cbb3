import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { it } from 'node:test'
import { createTestContext, createTestSink, deliverCall, deliveryItem } from '@drakkar/plugin-sdk/testing'
import measuredFileSink from '../src/index.js'

await it('counts payloads per write and refusals', async (test) => {
  const folder = await mkdtemp(`${tmpdir()}/measured-file-`)
  test.after(() => rm(folder, { recursive: true }))
  const context = createTestContext()
  const sink = createTestSink(measuredFileSink, { base_path: folder }, context)
  await sink.connect?.(deliverCall())
  await sink.deliver([deliveryItem({ path: 'a.jsonl', data: 1 }), deliveryItem({ path: '../b.jsonl', data: 2 })], deliverCall())
  await sink.close?.(deliverCall())
  assert.deepEqual(Object.fromEntries(context.metrics.values), { write_payloads: 2, write_refusals_total: 1 })
})

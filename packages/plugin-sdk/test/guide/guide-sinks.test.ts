/** The sinks of the guide do what it says of them. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { createTestSink, deliverCall, deliveryItem } from '@drakkar/plugin-sdk/testing'
import { auditSink } from './audit-sink.ts'
import { ordersSink, regionalSink, safeSink } from './orders-sinks.ts'
import { stockSink } from './stock-sink.ts'

it('answers every status; later changes of an article wait with the one that failed', async () => {
  const amounts: Record<string, number | 'no_article' | 'full' | 'old'> = { none: 'no_article', full: 'full', old: 'old', low: -1 }
  const sink = createTestSink(
    stockSink(async ({ sku, change }) => {
      if (sku === 'down' && change === 1) throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
      return amounts[sku] ?? 7
    }),
  )
  const skus = ['none', 'full', 'old', 'low', 'nut', 'down', 'down']
  const batch = skus.map((sku, index) => deliveryItem({ sku, change: index - 4, asks: sku === 'nut' }))
  const answers = (await sink.deliver(batch, deliverCall())) ?? []
  expect(answers.map(({ status }) => status)).toEqual(['failure', 'fallback', 'skip', 'on_success', 'serve', 'failure', 'failure'])
  expect(answers.slice(5)).toMatchObject([{ error: { kind: 'transient' } }, { error: { kind: 'transient' } }])
  expect(sink.orderingKey?.({ sku: 'nut', change: 1, asks: false })).toBe('nut')
})

it('composes the configuration and the capabilities of the children', () => {
  expect(Object.keys(ordersSink.config.properties)).toEqual(['announce', 'notify'])
  expect(Object.keys(safeSink.config.properties)).toEqual(['primary', 'secondary'])
  const url = 'https://receiver/in'
  expect(createTestSink(ordersSink, { notify: { url } }).deliver).toBeTypeOf('function')
  expect(() => createTestSink(regionalSink, { europe: { url: 1 } })).toThrow('europe.url')
})

it('keeps audit entries in the file', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'drakkar-guide-'))
  const sink = createTestSink(auditSink, { path: join(folder, 'audit') })
  await sink.connect?.({ signal: new AbortController().signal })
  const entry = { actor: 'me', action: 'write' }
  await expect(sink.deliver([deliveryItem(entry)], deliverCall())).resolves.toMatchObject([{ status: 'ok' }])
  expect(JSON.parse(await readFile(join(folder, 'audit'), 'utf8'))).toEqual(entry)
  await sink.close?.({ signal: new AbortController().signal })
  await rm(folder, { recursive: true })
})

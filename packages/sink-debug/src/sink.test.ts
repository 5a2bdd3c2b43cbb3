import { createTestContext, createTestSink, deliverCall, deliveryItem } from '@drakkar/plugin-sdk/testing'
import { describe, expect, it } from 'vitest'
import { FakeOutput } from '../test/fake-client.ts'
import { createOutput, type WritableText } from './client.ts'
import { blackholeSink, nullSink } from './index.ts'
import { compactText, prettyText } from './request.ts'
import { PrintSink } from './sink.ts'

describe.each([nullSink, blackholeSink])('$type (BSP-14)', (definition) => {
  it('accepts anything and counts it', async () => {
    const context = createTestContext()
    const sink = createTestSink(definition, {}, context)
    await sink.deliver([deliveryItem({}), deliveryItem({ data: 1 })], deliverCall())
    await sink.deliver([deliveryItem({ data: 2 })], deliverCall())
    expect(context.metrics.values.get('discarded_payloads_total')).toBe(3)
  })
})

describe('PrintSink', () => {
  it('writes a batch with one write, in its order', async () => {
    const output = new FakeOutput()
    const sink = new PrintSink({ context: createTestContext(), format: compactText, openOutput: () => output.open() })
    await sink.connect(deliverCall())
    await sink.deliver([deliveryItem({ data: 1 }), deliveryItem({ data: 'two' })], deliverCall())
    expect(output.writes).toEqual(['1\n"two"\n'])
  })

  it.each([compactText, prettyText])('encodes the text that it writes, also of what has no JSON text (DLQ-5)', async (format) => {
    const output = new FakeOutput()
    const sink = new PrintSink({ context: createTestContext(), format, openOutput: () => output.open() })
    await sink.connect(deliverCall())
    const payloads = [{ data: 'é' }, { data: new Map([[1, 2]]) }, { data: { n: [1] } }]
    await sink.deliver(
      payloads.map((payload) => deliveryItem(payload)),
      deliverCall(),
    )
    expect(Buffer.concat(payloads.map((payload) => sink.encode(payload).body)).toString()).toBe(output.text)
  })

  it.each(['EPIPE', 'ERR_STREAM_DESTROYED'])('fails for good when the reader is gone (%s)', async (code) => {
    const output = new FakeOutput()
    output.nextError = Object.assign(new Error('gone'), { code })
    const sink = new PrintSink({ context: createTestContext(), format: compactText, openOutput: () => output.open() })
    await sink.connect(deliverCall())
    await expect(sink.deliver([deliveryItem({ data: 1 })], deliverCall())).rejects.toMatchObject({ kind: 'permanent' })
  })
})

describe('createOutput', () => {
  it('rejects with the error of the write, hears the event of the stream meanwhile, and forgets it on release', async () => {
    const listeners = new Set<unknown>()
    const stream: WritableText = {
      write: (_text, done) => {
        done(new Error('EPIPE'))
        return false
      },
      on: (_event, listener) => listeners.add(listener),
      off: (_event, listener) => listeners.delete(listener),
    }
    const output = createOutput(stream)
    expect(listeners.size).toBe(1)
    await expect(output.write('x')).rejects.toThrow('EPIPE')
    output.release()
    expect(listeners.size).toBe(0)
  })
})

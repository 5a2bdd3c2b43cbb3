import { defineSink } from '@drakkar/plugin-sdk'
import { sinkConformance } from '@drakkar/plugin-sdk/conformance'
import { describe, it } from 'vitest'
import { blackholeSink, logSink, nullSink, pprintSink, printSink } from '../src/index.ts'
import { compactText, prettyText } from '../src/request.ts'
import { PrintSink } from '../src/sink.ts'
import { FakeOutput } from './fake-client.ts'

const samples = [{ data: 'one' }, { data: { n: 2 } }, { data: [3] }]

describe.each([nullSink, blackholeSink])('$type', (definition) => {
  sinkConformance(it, { definition, createTarget: () => null, config: {}, samples })
})

describe.each([
  { definition: printSink, format: compactText },
  { definition: logSink, format: compactText },
  { definition: pprintSink, format: prettyText },
])('$definition.type', ({ definition, format }) => {
  sinkConformance(it, {
    definition: (output: FakeOutput) =>
      defineSink({ ...definition, create: (_config, context) => new PrintSink({ context, format, openOutput: () => output.open() }) }),
    createTarget: () => new FakeOutput(),
    config: { stream: 'stderr' },
    samples,
    invalidPayloads: [{}],
    probe: (output) => samples.filter(({ data }) => output.text.includes(format(data))),
    // Each of these samples is one line.
    probeWire: (output) => output.text.split(/(?<=\n)/).map((line) => ({ body: Buffer.from(line) })),
    makeUnreachable: (output) => void (output.nextError = Object.assign(new Error('reset'), { code: 'ECONNRESET' })),
    makeReachable: (output) => void (output.nextError = undefined),
    stall: (output) => output.stall(),
    unstall: (output) => output.unstall(),
    openHandles: (output) => output.openCount,
    skip: { 'SINK-014': 'a standard stream shows that it is broken when it is written to', 'SINK-060': 'not idempotent' },
  })
})

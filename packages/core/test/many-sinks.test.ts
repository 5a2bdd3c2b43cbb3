import { once } from 'node:events'
import { expect, it } from 'vitest'
import { createHarness } from './support/harness.ts'
import { createRecorder, recordSink } from './support/record-sink.ts'

it('starts with many sinks without a warning of Node', async () => {
  const warnings: Error[] = []
  const onWarning = (warning: Error): number => warnings.push(warning)
  process.on('warning', onWarning)
  const definition = recordSink(createRecorder(), { connect: () => new Promise((resolve) => setImmediate(resolve)) })
  const instances = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`s${index}`, {}]))
  const harness = await createHarness({
    handler: { arrange: () => [] },
    sinks: [definition],
    config: { kafka: { source_topic: 'input', consumer_group: 'workers' }, sinks: { [definition.type]: instances } },
  })
  await harness.app.run()
  process.emitWarning('the last one')
  await once(process, 'warning')
  process.off('warning', onWarning)
  expect(warnings.map(({ message }) => message)).toEqual(['the last one'])
})

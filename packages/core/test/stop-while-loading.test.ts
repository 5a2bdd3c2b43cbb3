/** Modules of sink packages are somebody else's code: one that never finishes loading must not make a start unstoppable. */
import { expect, it } from 'vitest'
import { DrakkarApp } from '../src/app.ts'
import { validateConfig } from '../src/config/load-config.ts'
import { SinkRegistry } from '../src/registry/sink-registry.ts'
import { createRecorder, recordSink } from './support/record-sink.ts'
import { createRecordingAppLogger } from './support/recording-app-logger.ts'

it('a stop ends a start whose sink package never finishes loading', async () => {
  const definition = recordSink(createRecorder())
  const registry = new SinkRegistry()
  registry.register(definition)
  const { config } = validateConfig({ sinks: { record: { main: {} } } }, { sinkSchemas: new Map([['record', definition.config]]) })
  const logger = createRecordingAppLogger()
  const app = new DrakkarApp({ handler: { arrange: () => [] }, config, registry, logger, handleSignals: false })
  registry.load = () => {
    app.stop()
    return new Promise(() => undefined)
  }
  expect(await app.run()).toEqual({ exitCode: 0, reason: 'stopped' })
  expect(logger.events()).toEqual(['start_up_aborted'])
})

/** A sink made from its definition the way the framework makes it: defaults filled in, configuration checked. */
import type { Static, TObject, TSchema } from 'typebox'
import { Default } from 'typebox/value'
import type { SinkDefinition } from '../define-sink.ts'
import { ConfigError } from '../errors.ts'
import type { Sink, SinkContext } from '../sink.ts'
import { compileSchema } from '../validate.ts'
import { createTestContext } from './test-context.ts'

/** Not connected. Throws `ConfigError` (`DRK_CONFIG_INVALID`) with every problem of the configuration. */
export function createTestSink<C extends TObject, P extends TSchema>(
  definition: SinkDefinition<C, P>,
  config: object = {},
  context: SinkContext = createTestContext({ type: definition.type }),
): Sink<Static<P>> {
  const complete = Default(definition.config, structuredClone(config))
  const schema = compileSchema(definition.config)
  if (schema.check(complete)) return definition.create(complete, context)
  const problems = schema.issues(complete)
  const list = problems.map(({ path, message }) => `${path} ${message}`).join('; ')
  throw new ConfigError({ code: 'DRK_CONFIG_INVALID', message: `The configuration is not valid: ${list}`, problems })
}

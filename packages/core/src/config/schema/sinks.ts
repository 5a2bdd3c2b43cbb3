/** `sinks`: the fixed part. The types below it come from the installed packages, see `sinks-schema.ts` (CFG-28…37). */
import { Type } from 'typebox'
import { circuitBreakerSchema } from './circuit-breaker.ts'
import { section } from './property.ts'

const customSchema = Type.Record(Type.String(), Type.Record(Type.String(), Type.Record(Type.String(), Type.Unknown())), {
  description: '`custom.<type>.<instance>`: the same as `<type>.<instance>`, as py-drakkar spells plugin sinks.',
  default: {},
})

export const sinksSchema = section('Sinks: `<type>.<instance>`, and what is common to all.', {
  circuit_breaker: circuitBreakerSchema,
  custom: customSchema,
})

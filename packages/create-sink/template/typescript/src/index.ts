/** The sink type `my_type`: named by `drakkar.sinks` in package.json. */
import { defineSink } from '@drakkar/plugin-sdk'
import { createClient } from './client.ts'
import { MyTypeConfig } from './config.ts'
import { MyTypePayload } from './payload.ts'
import { MyTypeSink } from './sink.ts'

export const myTypeSink = defineSink({
  type: 'my_type',
  config: MyTypeConfig,
  payload: MyTypePayload,
  // The id of a payload names its file, so a payload that comes twice changes nothing.
  idempotent: true,
  capabilities: { batching: true },
  create: (config, context) => new MyTypeSink(context, createClient(config)),
})

export default myTypeSink

export type { MyTypeConfig } from './config.ts'
export type { MyTypePayload } from './payload.ts'

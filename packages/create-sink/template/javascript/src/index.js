/** The sink type `my_type`: named by `drakkar.sinks` in package.json. */
import { defineSink } from '@drakkar/plugin-sdk'
import { createClient } from './client.js'
import { MyTypeConfig } from './config.js'
import { MyTypePayload } from './payload.js'
import { MyTypeSink } from './sink.js'

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

/** The sink type `signed_webhook`: named by `drakkar.sinks` in package.json. */
import { defineSink } from '@drakkar/plugin-sdk'
import { fetchPost } from './client.js'
import { SignedWebhookConfig } from './config.js'
import { SignedWebhookPayload } from './payload.js'
import { createSignedWebhookSink } from './sink.js'

/** The definition on another way of posting; tests give a fake. */
export const defineSignedWebhookSink = (post = fetchPost) =>
  defineSink({
    type: 'signed_webhook',
    short: 'webhook',
    config: SignedWebhookConfig,
    payload: SignedWebhookPayload,
    create: (config) => createSignedWebhookSink(config, post),
  })

export default defineSignedWebhookSink()

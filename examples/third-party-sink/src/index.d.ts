/** What TypeScript users see of this package; `payload.js` checks the same at run time. */
import type { SinkDefinition } from '@drakkar/plugin-sdk'
import type { Post } from './client.js'

export interface SignedWebhookPayload {
  /** What happened: small letters, digits, `_` and `.`, for example `search.finished`. */
  type: string
  /** Any value that has JSON text. */
  data: unknown
}

declare module '@drakkar/plugin-sdk' {
  interface SinkPayloadMap {
    signed_webhook: SignedWebhookPayload
  }
}

/** The definition on another way of posting, for tests. */
export declare const defineSignedWebhookSink: (post?: Post) => SinkDefinition

declare const signedWebhookSink: SinkDefinition
export default signedWebhookSink

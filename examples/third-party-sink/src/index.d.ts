/** What TypeScript users see of this package; `payload.js` checks the same at run time. */
import type { SinkDefinition } from '@drakkar/plugin-sdk'

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

/** One request: resolves with the answer of the receiver, rejects when there is none. */
export type Post = (
  url: string,
  request: { body: string; headers: Record<string, string> },
  signal: AbortSignal,
) => Promise<{ status: number; retryAfter: string | null }>

/** The definition on another way of posting, for tests. */
export declare const defineSignedWebhookSink: (post?: Post) => SinkDefinition

declare const signedWebhookSink: SinkDefinition
export default signedWebhookSink

/** What TypeScript users see of this package; `payload.js` checks the same at run time. */
import type { SinkDefinition } from '@drakkar/plugin-sdk'

export interface MyTypePayload {
  /** Any value that has JSON text. */
  data: unknown
}

declare module '@drakkar/plugin-sdk' {
  interface SinkPayloadMap {
    my_type: MyTypePayload
  }
}

export declare const myTypeSink: SinkDefinition
export default myTypeSink

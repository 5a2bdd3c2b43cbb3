/** Checked by `tsc`: what a handler may return for these sinks. */
import type { CollectResult } from '@drakkar/plugin-sdk'
import type { PrintPayload } from '../src/index.ts'

export const accepted: CollectResult = {
  null: [{}, { data: 1 }],
  blackhole: [{ data: 1, payloadId: 'once' }],
  pprint: [{ data: new Map() }],
  print: [{ data: undefined }],
  log: [{ data: 'x' }],
}

// @ts-expect-error -- data is required
export const withoutData: PrintPayload = {}

// @ts-expect-error -- a sink that is not installed
export const unknownSink: CollectResult = { shout: [{ data: 1 }] }

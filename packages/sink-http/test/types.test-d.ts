/** Checked by `tsc`: what a handler may return for this sink. */
import type { CollectResult } from '@drakkar/plugin-sdk'
import type { HttpPayload } from '../src/index.ts'

export const accepted: CollectResult = {
  http: [{ data: { n: 1 } }, { data: null, payloadId: 'once', sink: 'main' }, { data: 1, headers: { 'x-kind': 'test' }, url: '/other' }],
}

// @ts-expect-error -- a header is text
export const numberAsHeader: HttpPayload = { data: 1, headers: { a: 1 } }

// @ts-expect-error -- data is required
export const withoutData: HttpPayload = { headers: {} }

// @ts-expect-error -- a field no payload has
export const unknownField: CollectResult = { http: [{ data: 1, path: '/elsewhere' }] }

/** Checked by `tsc`: what a handler may return for these sinks. */
import type { CollectResult } from '@drakkar/plugin-sdk'
import type { FilePayload } from '../src/index.ts'

export const accepted: CollectResult = {
  files: [{ path: 'a.jsonl', data: { n: 1 }, payloadId: 'once' }],
  file_line: [{ data: 'text' }, { data: new Uint8Array([1]) }],
}

// @ts-expect-error -- path is required
export const withoutPath: FilePayload = { data: 1 }

// @ts-expect-error -- the list of the type filesystem is called files
export const typeAsKey: CollectResult = { filesystem: [{ path: 'a', data: 1 }] }

/** A connected filesystem sink on a temp directory, and its answers in a shape that is easy to compare. */
import { join } from 'node:path'
import { mkdir } from 'node:fs/promises'
import { ok, type SinkResponse } from '@drakkar/plugin-sdk'
import { createTestContext, deliverCall, deliveryItem } from '@drakkar/plugin-sdk/testing'
import type { FsyncPolicy } from '../src/config.ts'
import { createFilesystemSink } from '../src/create-sinks.ts'
import type { FilePayload } from '../src/payload.ts'
import { FakeFileClient } from './fake-client.ts'
import { tempDirectory } from './temp-directory.ts'

export async function connectedSink(fsync: FsyncPolicy = 'never', { rotate_bytes = 0, rotate_keep = 5 } = {}) {
  const directory = await tempDirectory()
  const base = join(directory.path, 'base')
  await mkdir(base)
  const client = new FakeFileClient()
  const sink = createFilesystemSink({ config: { base_path: base, fsync, rotate_bytes, rotate_keep }, context: createTestContext(), client })
  await sink.connect(deliverCall())
  return {
    client,
    sink,
    base,
    outside: directory.path,
    /** One answer per payload, in the order of the payloads: `ok`, or the kind and the text of the error. */
    async deliver(...payloads: readonly FilePayload[]): Promise<string[]> {
      const items = payloads.map((payload) => deliveryItem(payload))
      const responses = (await sink.deliver(items, deliverCall())) ?? items.map(({ id }) => ok(id))
      return items.map(({ id }) => shown(responses.find((response) => response.id === id)))
    },
    async [Symbol.asyncDispose]() {
      await sink.close()
      await directory[Symbol.asyncDispose]()
    },
  }
}

function shown(response: SinkResponse | undefined): string {
  if (response?.status !== 'failure') return response?.status ?? 'no answer'
  const { error } = response
  return typeof error === 'string' ? error : `${error.kind}: ${error.message}`
}

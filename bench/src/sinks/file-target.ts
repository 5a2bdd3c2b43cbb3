/** Lines in a file, with node:fs. */
import { appendFile, open, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { filesystemSink } from '@drakkar/sink-file'
import { messageData, type MessageData } from '../messages.ts'
import type { BareDriver, Place, SinkTarget } from './target.ts'

interface LinePayload extends Readonly<Record<string, unknown>> {
  readonly path: string
  readonly data: MessageData
}

export const fileTarget: SinkTarget<LinePayload> = {
  definition: filesystemSink,
  config: ({ url }) => ({ base_path: url, fsync: 'never' }),
  payload: ({ name }, index) => ({ path: fileName(name), data: messageData(index) }),
  openBare,
  describe: () => Promise.resolve('the folder for temporary files, fsync never'),
  create: () => Promise.resolve(),
  count: async (place) => (await readFile(pathOf(place), 'utf8')).split('\n').length - 1,
  drop: (place) => rm(pathOf(place), { force: true }),
}

async function openBare(place: Place): Promise<BareDriver<LinePayload>> {
  const path = pathOf(place)
  const handle = await open(path, 'a')
  return {
    sendBatch: (payloads) => handle.appendFile(payloads.map(lineOf).join('')),
    sendOne: (payload) => appendFile(path, lineOf(payload)),
    close: () => handle.close(),
  }
}

function lineOf({ data }: LinePayload): string {
  return `${JSON.stringify(data)}\n`
}

function fileName(name: string): string {
  return `${name}.jsonl`
}

function pathOf({ url, name }: Place): string {
  return join(url, fileName(name))
}

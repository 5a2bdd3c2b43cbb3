/** Every payload of a batch to a checked path and a line, before anything is written (spec FSS-6). */
import { failure, type DeliveryItem, type SinkResponse } from '@drakkar/plugin-sdk'
import { classifyFileError } from './classify-error.ts'
import type { FileClient } from './client.ts'
import type { PlacedLine } from './request.ts'
import { resolveTarget, type Base } from './resolve-target.ts'

export interface Placement<P> {
  readonly client: FileClient
  readonly pathOf: (payload: P) => string
  /** May throw a `SinkError`, which fails this payload alone. */
  readonly lineOf: (payload: P) => Buffer
}

/** What can be written, in order, and the answers for what cannot. Each distinct path is looked up once. */
export async function placeLines<P>(
  { client, pathOf, lineOf }: Placement<P>,
  base: Base,
  batch: readonly DeliveryItem<P>[],
): Promise<{ readonly placed: readonly PlacedLine[]; readonly refused: readonly SinkResponse[] }> {
  const placed: PlacedLine[] = []
  const refused: SinkResponse[] = []
  const targets = new Map<string, Promise<string>>()
  for (const { id, payload } of batch) {
    try {
      const path = pathOf(payload)
      const target = targets.get(path) ?? resolveTarget(client, base, path)
      targets.set(path, target)
      placed.push({ id, file: await target, line: lineOf(payload) })
    } catch (error) {
      refused.push(failure(id, classifyFileError(error)))
    }
  }
  return { placed, refused }
}

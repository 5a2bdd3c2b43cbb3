/** Every payload of a batch to a checked path and a line, before anything is written (spec FSS-6). */
import { failure, SinkError, type DeliveryItem, type SinkResponse } from '@drakkar/plugin-sdk'
import { classifyFileError } from './classify-error.ts'
import type { FileClient } from './client.ts'
import type { Line, PlacedLine } from './request.ts'
import { resolveTarget, type Base, type Target } from './resolve-target.ts'

export interface Placement<P> {
  readonly client: FileClient
  readonly pathOf: (payload: P) => string
  /** `pathOf` made absolute without asking the file system: payloads with the same one keep their order. */
  readonly orderingKeyOf: (payload: P) => string
  /** May throw a `SinkError`, which fails this payload alone. */
  readonly lineOf: (payload: P) => Line
}

/**
 * What can be written, in order, and the answers for what cannot. Each distinct path is looked up once. Where a path could not
 * be looked up for a reason that may pass, later payloads for the same file wait with it, also those that spell it differently.
 */
export async function placeLines<P>(
  { client, pathOf, orderingKeyOf, lineOf }: Placement<P>,
  base: Base,
  batch: readonly DeliveryItem<P>[],
): Promise<{ readonly placed: readonly PlacedLine[]; readonly refused: readonly SinkResponse[] }> {
  const placed: PlacedLine[] = []
  const refused: SinkResponse[] = []
  const lookUps = new Map<string, LookUp>()
  const waitedFor = new Map<string, { readonly id: string; readonly error: SinkError }>()
  for (const { id, payload } of batch) {
    try {
      const earlier = waitedFor.size === 0 ? undefined : waitedFor.get(orderingKeyOf(payload))
      if (earlier !== undefined) throw behind(earlier)
      const path = pathOf(payload)
      const target = lookUps.get(path) ?? (await lookUp(client, base, path))
      lookUps.set(path, target)
      if ('error' in target) throw target.error
      placed.push({ id, target, line: lineOf(payload) })
    } catch (error) {
      const classified = classifyFileError(error)
      const key = orderingKeyOf(payload)
      refused.push(failure(id, classified))
      if (classified.kind !== 'permanent' && !waitedFor.has(key)) waitedFor.set(key, { id, error: classified })
    }
  }
  return { placed, refused }
}

type LookUp = Target | { readonly error: unknown }

async function lookUp(client: FileClient, base: Base, path: string): Promise<LookUp> {
  try {
    return await resolveTarget(client, base, path)
  } catch (error) {
    return { error }
  }
}

function behind({ id, error }: { readonly id: string; readonly error: SinkError }): SinkError {
  return new SinkError({
    kind: error.kind,
    message: `It must not overtake payload ${id} for the same file: ${error.message}`,
    cause: error,
  })
}

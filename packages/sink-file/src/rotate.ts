/** Rotation by size (spec FSS-10): `x` becomes `x.1`, `x.1` becomes `x.2`, and so on; the oldest is overwritten. */
import { isAbsent, type FileClient } from './client.ts'

export interface Rotation {
  /** A file is rotated before it would grow beyond this. */
  readonly bytes: number
  /** Rotated files that are kept. */
  readonly keep: number
}

/** True when an append of `appendBytes` needs a new file. An empty file takes any append. */
export function needsRotation(rotation: Rotation | null, sizeBytes: number, appendBytes: number): boolean {
  return rotation !== null && sizeBytes > 0 && sizeBytes + appendBytes > rotation.bytes
}

/** The renames, in the order in which they overwrite nothing but the oldest file. */
export function rotationRenames(path: string, keep: number): readonly (readonly [from: string, to: string])[] {
  const names = Array.from({ length: keep + 1 }, (_, age) => (age === 0 ? path : `${path}.${age}`))
  return names
    .slice(0, -1)
    .map((from, age) => [from, names[age + 1] ?? from] as const)
    .toReversed()
}

/** Renames what exists. The file must not be open for a later append. */
export async function rotate(client: FileClient, path: string, { keep }: Rotation): Promise<void> {
  for (const [from, to] of rotationRenames(path, keep)) {
    try {
      await client.rename(from, to)
    } catch (error) {
      if (!isAbsent(error)) throw error
    }
  }
}

/**
 * One offer of a sink type: by a package's manifest, or by `register()` in code. Values only; nothing is imported here.
 */
import type { SinkDefinition } from '@drakkar/plugin-sdk'

/** Who offers a type, from the strongest to the weakest (spec REG-8). */
export const sinkOrigins = ['registered', 'app', 'third_party', 'official'] as const
export type SinkOrigin = (typeof sinkOrigins)[number]

/** Where the definition of a candidate comes from. */
export type SinkSource =
  | { readonly kind: 'module'; readonly moduleUrl: string; readonly exportName: string }
  | { readonly kind: 'registered'; readonly definition: SinkDefinition }
  /** The manifest names the type, but not in a way that can be loaded. */
  | { readonly kind: 'invalid'; readonly reason: string }

export interface SinkCandidate {
  readonly type: string
  /** Name in the package's own `package.json`; empty for a definition registered in code. */
  readonly packageName: string
  /** Empty when the package does not tell. */
  readonly version: string
  readonly origin: SinkOrigin
  /** For people: `<module path>#<export>`, or where the registration came from. */
  readonly location: string
  readonly source: SinkSource
}

/** `<package>@<version>`, as messages and tables show it. */
export function candidateLabel(candidate: Pick<SinkCandidate, 'packageName' | 'version'>): string {
  if (candidate.packageName === '') return 'register()'
  return candidate.version === '' ? candidate.packageName : `${candidate.packageName}@${candidate.version}`
}

/** The setting that chooses this candidate. A name with a scope is quoted: YAML allows no plain text beginning with `@`. */
export function preferSetting({ type, packageName }: Pick<SinkCandidate, 'type' | 'packageName'>): string {
  return `plugins.prefer.${type}: ${packageName.startsWith('@') ? `'${packageName}'` : packageName}`
}

/**
 * The candidates of one package: its `drakkar.sinks` field with paths made absolute. Pure; imports nothing.
 */
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseManifest } from '@drakkar/plugin-sdk'
import type { FoundPackage } from './find-packages.ts'
import type { SinkCandidate, SinkOrigin } from './sink-candidate.ts'

/**
 * Usable entries first, then one candidate of kind `invalid` per problem. A problem of the whole field has an empty type,
 * which no configuration can name.
 */
export function candidatesOf(found: FoundPackage): readonly SinkCandidate[] {
  const { sinks, problems } = parseManifest(found.packageJson)
  const common = { packageName: found.name, version: found.version, origin: originOf(found) }
  const usable = sinks.map(({ type, module, exportName }): SinkCandidate => {
    const path = join(found.folder, module)
    const source = { kind: 'module', moduleUrl: pathToFileURL(path).href, exportName } as const
    return { type, ...common, location: `${path}#${exportName}`, source }
  })
  const invalid = problems.map(({ path, message }): SinkCandidate => {
    const type = path.startsWith(entryPrefix) ? path.slice(entryPrefix.length) : ''
    return { type, ...common, location: join(found.folder, 'package.json'), source: { kind: 'invalid', reason: `${path}: ${message}` } }
  })
  return [...usable, ...invalid]
}

const entryPrefix = 'drakkar.sinks.'

function originOf(found: FoundPackage): SinkOrigin {
  if (found.isApp) return 'app'
  return found.name.startsWith('@drakkar/') ? 'official' : 'third_party'
}

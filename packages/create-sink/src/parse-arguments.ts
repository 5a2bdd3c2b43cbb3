/** The command line: what to make, or what to print instead. Pure. */
import { parseArgs } from 'node:util'
import type { Language } from './package-manifest.ts'
import { UsageError } from './usage-error.ts'

export type Wish =
  | { readonly kind: 'help' }
  | { readonly kind: 'version' }
  | { readonly kind: 'create'; readonly target: string; readonly type: string | null; readonly language: Language }

export const usage = `Usage: npm create @drakkar/sink <name> [-- options]

Makes a package with a Drakkar sink: code, a conformance test, a README. Asks nothing, installs nothing, needs no network.

  <name>         package name (drakkar-sink-parcels, @acme/parcels) or folder (./sinks/parcels, . for this one)

  --type <type>  the sink type, in snake_case (default: made from the name: drakkar-sink-parcels is for the type parcels)
  --js           plain JavaScript, with nothing to build (default: TypeScript)
  --help, --version

Examples:
  $ npm create @drakkar/sink drakkar-sink-parcels
  $ npm create @drakkar/sink @acme/parcels -- --type parcel_store --js`

/** Throws `UsageError` for options that do not exist and for a missing name. */
export function parseArguments(given: readonly string[]): Wish {
  const { values, positionals } = parse(given)
  if (values.help === true) return { kind: 'help' }
  if (values.version === true) return { kind: 'version' }
  const [target, extra] = positionals
  if (target === undefined || target === '') throw new UsageError('say what the package is to be called, for example drakkar-sink-parcels')
  if (extra !== undefined) throw new UsageError(`one name only; what is "${extra}"? Options come after --, as in: -- --type ${extra}`)
  return { kind: 'create', target, type: values.type ?? null, language: values.js === true ? 'javascript' : 'typescript' }
}

function parse(given: readonly string[]) {
  try {
    return parseArgs({
      args: [...given],
      allowPositionals: true,
      options: {
        type: { type: 'string' },
        js: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
        version: { type: 'boolean', short: 'v' },
      },
    })
  } catch (error) {
    // Node adds advice that is about another case.
    throw new UsageError((error instanceof Error ? error.message : String(error)).replace(/\. To specify .*$/s, ''))
  }
}

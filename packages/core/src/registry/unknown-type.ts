/**
 * What to tell a user whose configuration names a sink type that no installed package offers (spec CLI-2). Pure.
 */
import { officialSinkPackages } from './official-packages.ts'

export interface UnknownTypeFacts {
  readonly type: string
  /** Types that are offered, sorted. */
  readonly knownTypes: readonly string[]
  /** Null when no package.json was found, so that no dependency could be looked at. */
  readonly appRoot: string | null
  /** Dependencies of the application that are declared but not installed. */
  readonly notInstalled: readonly string[]
}

/** One sentence on how to get a sink of this type. Names the package when it is one of this project's. */
export function packageHint(type: string): string {
  const packageName = Object.hasOwn(officialSinkPackages, type) ? officialSinkPackages[type] : undefined
  if (packageName !== undefined) return `Install it with: npm install ${packageName}`
  return 'Add the package that offers it to the dependencies of the application, or correct the type'
}

/** The whole message: what is missing, what to do, what there is instead. */
export function unknownTypeMessage(facts: UnknownTypeFacts): string {
  const { type, knownTypes, appRoot, notInstalled } = facts
  const packageName = Object.hasOwn(officialSinkPackages, type) ? officialSinkPackages[type] : undefined
  const known = knownTypes.length === 0 ? 'No sink types are installed' : `Installed types: ${knownTypes.join(', ')}`
  const declared = packageName !== undefined && notInstalled.includes(packageName)
  const remedy = declared ? `${packageName} is declared in package.json but not installed: run npm install` : packageHint(type)
  const place = appRoot === null ? ' (no package.json was found, so no dependencies could be looked at)' : ''
  return `No installed package offers the sink type "${type}"${place}. ${remedy}. ${known}`
}

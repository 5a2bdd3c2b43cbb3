/**
 * What to tell a user whose configuration names a sink type that no installed package offers (spec CLI-2). Pure.
 */
import { join } from 'node:path'
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

/**
 * One sentence on how to get a sink of this type. Names the package when it is one of this project's, else the package.json that
 * was looked at and what it declares in vain: a handler in a nested package and a forgotten `npm install` look the same from outside.
 */
export function packageHint({ type, appRoot, notInstalled }: Omit<UnknownTypeFacts, 'knownTypes'>): string {
  const packageName = Object.hasOwn(officialSinkPackages, type) ? officialSinkPackages[type] : undefined
  if (packageName === undefined) {
    const application = appRoot === null ? 'the application' : join(appRoot, 'package.json')
    const missing = notInstalled.length === 0 ? '' : ` (declared there but not installed: ${notInstalled.join(', ')}; run npm install)`
    return `add the package that offers it to the dependencies of ${application}${missing}, or correct the type`
  }
  if (notInstalled.includes(packageName)) return `${packageName} is declared in package.json but not installed: run npm install`
  return `install it with: npm install ${packageName}`
}

/** The whole message: what is missing, what to do, what there is instead. */
export function unknownTypeMessage({ type, knownTypes, appRoot, notInstalled }: UnknownTypeFacts): string {
  const known = knownTypes.length === 0 ? 'no sink types are installed' : `installed types: ${knownTypes.join(', ')}`
  const place = appRoot === null ? ' (no package.json was found, so no dependencies could be looked at)' : ''
  return `no installed package offers the sink type "${type}"${place}; ${packageHint({ type, appRoot, notInstalled })}; ${known}`
}

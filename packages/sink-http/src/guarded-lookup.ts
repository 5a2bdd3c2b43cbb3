/**
 * Name resolution that refuses metadata services. The connection is made to exactly the addresses that were looked at, so a
 * name that resolves differently a moment later changes nothing (spec HTS-7).
 */
import type { LookupAddress } from 'node:dns'
import type { LookupFunction } from 'node:net'
import { SinkError } from '@drakkar/plugin-sdk'
import { isMetadataAddress } from './metadata-guard.ts'

/** Every address of a name, the one to prefer first. */
export type Resolve = (hostname: string) => Promise<readonly LookupAddress[]>

/** For `net.connect` and `tls.connect`. One forbidden address among several refuses the name. */
export function guardedLookup(resolve: Resolve): LookupFunction {
  return (hostname, options, callback) => {
    const answer = (error: Error | null, addresses: readonly LookupAddress[]): void => {
      const [first] = addresses
      if (error !== null || first === undefined) callback(error ?? notFound(hostname), [])
      else if (options.all === true) callback(null, [...addresses])
      else callback(null, first.address, first.family)
    }
    resolve(hostname).then(
      (addresses) => answer(addresses.some(({ address }) => isMetadataAddress(address)) ? forbidden(hostname) : null, addresses),
      (error: unknown) => answer(error instanceof Error ? error : notFound(hostname), []),
    )
  }
}

function forbidden(hostname: string): SinkError {
  const message = `The host ${JSON.stringify(hostname)} resolves to a metadata service of a cloud`
  return new SinkError({ kind: 'permanent', message })
}

function notFound(hostname: string): Error {
  return Object.assign(new Error(`The host ${JSON.stringify(hostname)} has no address`), { code: 'ENOTFOUND' })
}

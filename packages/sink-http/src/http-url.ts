/** The URL of a receiver: checked, and taken apart into what is sent where. Pure. */
import { isMetadataHost } from './metadata-guard.ts'

export interface HttpTarget {
  /** `http://host:port`: all that may be shown of the URL. */
  readonly origin: string
  /** With the query. */
  readonly path: string
  /** Value of the `authorization` header that user and password make; null without them. */
  readonly authorization: string | null
}

/** What is wrong with the URL, without showing it; null when nothing is (spec CFG-33, SEC-13). */
export function httpUrlProblem(text: string): string | null {
  if (!URL.canParse(text)) return 'must be a URL; special characters in a password are percent-encoded'
  const url = new URL(text)
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return 'must begin with http:// or https://'
  if (url.hostname === '') return 'must name a host'
  if (isMetadataHost(url.hostname)) return 'must not name a metadata service of a cloud'
  return decoded(url.username) === null || decoded(url.password) === null ? 'has user or password with a wrong percent-encoding' : null
}

/** Throws for a URL that `httpUrlProblem` objects to. */
export function parseHttpUrl(text: string): HttpTarget {
  const problem = httpUrlProblem(text)
  if (problem !== null) throw new TypeError(`url ${problem}`)
  const url = new URL(text)
  const credentials = `${decoded(url.username) ?? ''}:${decoded(url.password) ?? ''}`
  return {
    origin: url.origin,
    path: `${url.pathname}${url.search}`,
    authorization: credentials === ':' ? null : `Basic ${Buffer.from(credentials, 'utf8').toString('base64')}`,
  }
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text)
  } catch {
    return null
  }
}

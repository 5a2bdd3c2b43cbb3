/** The URL of a Redis server. Only what a URL of Redis may say: ioredis would take any of its options from the query. Pure. */

export interface RedisAddress {
  readonly host: string
  readonly port: number
  readonly database: number
  /** Empty: the default user. */
  readonly username: string
  /** Empty: none. */
  readonly password: string
  readonly isTls: boolean
}

const defaultPort = 6379
const databasePath = /^\/?(\d{0,9})$/

/** What is wrong with the URL, without showing it; null when nothing is. */
export function redisUrlProblem(text: string): string | null {
  if (!URL.canParse(text)) return 'must be a URL; special characters in a password are percent-encoded'
  const url = new URL(text)
  if (url.protocol !== 'redis:' && url.protocol !== 'rediss:') return 'must begin with redis:// or rediss://'
  if (url.hostname === '') return 'must name a host'
  if (!databasePath.test(url.pathname)) return 'may have nothing but the number of a database after the host'
  if (url.search !== '' || url.hash !== '') return 'must not have a query; use the other keys of the sink'
  return decoded(url.username) === null || decoded(url.password) === null ? 'has user or password with a wrong percent-encoding' : null
}

/** Throws for a URL that `redisUrlProblem` objects to. */
export function parseRedisUrl(text: string): RedisAddress {
  const problem = redisUrlProblem(text)
  if (problem !== null) throw new TypeError(`url ${problem}`)
  const url = new URL(text)
  return {
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? defaultPort : Number(url.port),
    database: Number(databasePath.exec(url.pathname)?.[1] ?? ''),
    username: decoded(url.username) ?? '',
    password: decoded(url.password) ?? '',
    isTls: url.protocol === 'rediss:',
  }
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text)
  } catch {
    return null
  }
}

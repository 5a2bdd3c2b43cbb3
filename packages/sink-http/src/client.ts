/** The port to a receiver, and its implementation on undici. All of undici's peculiarities end here. */
import { lookup } from 'node:dns/promises'
import { Socket } from 'node:net'
import { errorMessage } from '@drakkar/plugin-sdk'
import { Agent, buildConnector, Pool } from 'undici'
import type { HttpSinkConfig } from './config.ts'
import { exchange } from './exchange.ts'
import { guardedLookup, type Resolve } from './guarded-lookup.ts'
import type { OutgoingRequest } from './request.ts'
import type { TimeLimit } from './time-limit.ts'
import { forOtherServers, type TlsOptions } from './tls.ts'

export interface HttpAnswer {
  readonly status: number
  /** Value of the header, or null. */
  readonly retryAfter: string | null
  /** Beginning of the body of an answer that is not 2xx, enough for an error text; else empty. */
  readonly text: string
}

export interface HttpClient {
  /** Opens a connection to the configured server and ends it, without a request. Rejects with the reason why there is none. */
  reach(signal: AbortSignal): Promise<void>
  /**
   * One request. Resolves when its answer has ended; rejects when it was cut off, and when a limit is reached. Redirects are not
   * followed.
   */
  send(request: OutgoingRequest, limits: TimeLimit): Promise<HttpAnswer>
  /** Waits for requests in flight, at most `timeoutMs`, then ends them and all connections. Safe at any time. */
  close(timeoutMs: number): Promise<void>
}

export interface HttpClientOptions {
  /** The configured server. */
  readonly origin: string
  readonly method: HttpSinkConfig['method']
  /** For each server. */
  readonly connections: number
  readonly timeoutMs: number
  readonly tls: TlsOptions
  /** Default: the resolver of the operating system. */
  readonly resolve?: Resolve
}

/** Node gives each of several addresses a quarter of a second, which a receiver far away does not keep. */
const addressTimeoutMs = 2000
/** A server that a payload names may ask for longer, but there may be many of them. */
const otherServersKeepAliveMs = 10_000

export function createHttpClient(options: HttpClientOptions): HttpClient {
  return new UndiciClient(options)
}

class UndiciClient implements HttpClient {
  readonly #options: HttpClientOptions
  readonly #connect: buildConnector.connector
  readonly #pool: Pool
  /** Other servers, as payloads name them: a pool for each while it has connections. */
  readonly #others: Agent

  constructor(options: HttpClientOptions) {
    this.#options = options
    const { origin, connections, timeoutMs, tls, resolve = resolveBySystem } = options
    const network = { lookup: guardedLookup(resolve), autoSelectFamilyAttemptTimeout: addressTimeoutMs, timeout: timeoutMs }
    this.#connect = buildConnector({ ...tls, ...network })
    // One time limit for the whole request is kept by the sink; undici's own would cut it in pieces.
    const limits = { connections, pipelining: 1, headersTimeout: 0, bodyTimeout: 0 }
    this.#pool = new Pool(origin, { ...limits, connect: this.#connect })
    const connect = buildConnector({ ...forOtherServers(tls), ...network })
    this.#others = new Agent({ ...limits, connect, keepAliveMaxTimeout: otherServersKeepAliveMs })
  }

  reach(signal: AbortSignal): Promise<void> {
    const { hostname, host, protocol, port } = new URL(this.#options.origin)
    const target = { hostname: hostname.replace(/^\[(.*)\]$/, '$1'), host, protocol, port }
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(toError(signal.reason))
      // The type does not say that undici's connector returns its socket, by which an attempt can be ended.
      const connecting: unknown = this.#connect(target, (error, socket) => {
        signal.removeEventListener('abort', abort)
        if (error === null) socket.once('close', () => resolve()).destroy()
        else reject(error)
      })
      const abort = (): void => {
        if (connecting instanceof Socket) connecting.destroy()
        reject(toError(signal.reason))
      }
      signal.addEventListener('abort', abort, { once: true })
    })
  }

  send({ origin, path, headers, body }: OutgoingRequest, limits: TimeLimit): Promise<HttpAnswer> {
    const { method } = this.#options
    const dispatcher = origin === this.#options.origin ? this.#pool : this.#others
    return exchange(dispatcher, { origin, path, method, headers, body }, limits)
  }

  async close(timeoutMs: number): Promise<void> {
    if (this.#pool.destroyed) return
    let timer: NodeJS.Timeout | undefined
    const timeout = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, timeoutMs)
    })
    await Promise.race([Promise.all([this.#pool.close(), this.#others.close()]), timeout])
    clearTimeout(timer)
    await Promise.all([this.#pool.destroy(), this.#others.destroy()])
  }
}

function toError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(errorMessage(reason))
}

async function resolveBySystem(hostname: string) {
  return lookup(hostname, { all: true })
}

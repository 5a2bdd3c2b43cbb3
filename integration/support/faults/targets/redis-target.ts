/** Redis with an account that may write keys below `open:` only. */
import type { SinkHandleMap } from '@drakkar/plugin-sdk'
import { createTestContext, createTestSink, deliverCall } from '@drakkar/plugin-sdk/testing'
import redisSink from '@drakkar/sink-redis'
import type { ServiceHandle } from '../../../services/service.ts'
import { startService } from '../../../services/start-service.ts'
import { FaultProxy } from '../../fault-proxy.ts'
import type { Target, TargetInstance } from '../target.ts'

type Driver = SinkHandleMap['redis']

export class RedisTarget implements Target {
  readonly label = 'redis'
  readonly type = 'redis'
  readonly payloadKey = 'redis'
  readonly instances: readonly TargetInstance[]
  readonly server: ServiceHandle
  readonly proxy: FaultProxy

  private constructor(server: ServiceHandle, proxy: FaultProxy) {
    this.server = server
    this.proxy = proxy
    this.instances = [
      {
        name: 'plain',
        config: { url: `redis://narrow:hunter2@127.0.0.1:${proxy.port}`, response_timeout_seconds: 1 },
        proxy,
        ordered: false,
        once: true,
        acknowledged: 'ambiguous',
        delivered: () => this.use((driver) => storedIds(driver)),
        lastOfKeys: () => this.use((driver) => lastOfKeys(driver)),
      },
    ]
  }

  static async start(): Promise<RedisTarget> {
    const server = await startService('redis')
    const { hostname, port } = new URL(server.url)
    const target = new RedisTarget(server, await FaultProxy.start({ host: hostname, port: Number(port) }))
    await target.#createAccount()
    return target
  }

  kill(): Promise<void> {
    return this.server.kill()
  }

  /** Accounts are not kept over a restart. */
  async restart(): Promise<void> {
    await this.server.start()
    await this.#createAccount()
  }

  /** A connection of the judge's own, past the proxy. */
  async use<T>(work: (driver: Driver) => Promise<T>): Promise<T> {
    const sink = createTestSink(redisSink, { url: this.server.url }, createTestContext({ type: 'redis' }))
    await sink.connect?.(deliverCall())
    try {
      return await work(sink.handle as Driver)
    } finally {
      await sink.close?.(deliverCall())
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.proxy.close()
    await this.server.dispose()
  }

  async #createAccount(): Promise<void> {
    await this.use((driver) => driver.call('ACL', 'SETUSER', 'narrow', 'on', '>hunter2', '+@all', '~open:*'))
  }
}

const lastPrefix = 'open:last:'

async function storedIds(driver: Driver): Promise<readonly string[]> {
  const keys = await driver.keys('open:*')
  return keys.filter((key) => !key.startsWith(lastPrefix)).map((key) => key.slice('open:'.length))
}

async function lastOfKeys(driver: Driver): Promise<ReadonlyMap<string, number>> {
  const keys = await driver.keys(`${lastPrefix}*`)
  const values = keys.length === 0 ? [] : await driver.mget(keys)
  return new Map(keys.map((key, index) => [key.slice(lastPrefix.length), JSON.parse(values[index] ?? '{}').n]))
}

/** PostgreSQL with two tables: one takes a repeated row again, one knows its key. */
import { Client } from 'pg'
import type { ServiceHandle } from '../../../services/service.ts'
import { startService } from '../../../services/start-service.ts'
import { FaultProxy } from '../../fault-proxy.ts'
import type { Target, TargetInstance } from '../target.ts'

const columns = 'seq bigserial, id text not null, key text not null, n integer not null check (n > 0)'
const modes = {
  plain: { table: columns, on_conflict: null, once: false },
  keyed: { table: `${columns}, primary key (id)`, on_conflict: { columns: ['id'], update: 'all' }, once: true },
} as const

export class PostgresTarget implements Target {
  readonly label = 'postgres'
  readonly type = 'postgres'
  readonly payloadKey = 'postgres'
  readonly instances: readonly TargetInstance[]
  readonly server: ServiceHandle
  readonly #proxies: readonly FaultProxy[]

  private constructor(server: ServiceHandle, instances: readonly TargetInstance[]) {
    this.server = server
    this.instances = instances
    this.#proxies = instances.flatMap(({ proxy }) => proxy ?? [])
  }

  static async start(names: readonly (keyof typeof modes)[] = ['plain', 'keyed']): Promise<PostgresTarget> {
    const server = await startService('postgres')
    await withClient(server.url, (client) => client.query('create role worker login'))
    return new PostgresTarget(server, await Promise.all(names.map((name) => createInstance(server, name))))
  }

  kill(): Promise<void> {
    return this.server.kill()
  }

  restart(): Promise<void> {
    return this.server.start()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const proxy of this.#proxies) await proxy.close()
    await this.server.dispose()
  }
}

async function createInstance(server: ServiceHandle, name: keyof typeof modes): Promise<TargetInstance> {
  const { table, on_conflict, once } = modes[name]
  const { hostname, port } = new URL(server.url)
  const proxy = await FaultProxy.start({ host: hostname, port: Number(port) })
  await withClient(server.url, (client) =>
    client.query(`create schema ${name}; create table ${name}.deliveries (${table});
    grant usage on schema ${name} to worker; grant all on all tables in schema ${name} to worker; grant all on all sequences in schema ${name} to worker;
    alter default privileges in schema ${name} grant all on sequences to worker`),
  )
  const dsn = new URL(server.url)
  dsn.username = 'worker'
  dsn.port = String(proxy.port)
  dsn.searchParams.set('options', `-c search_path=${name}`)
  return {
    name,
    config: { dsn: dsn.href, on_conflict, pool_max: 4, delivery_timeout_seconds: 5 },
    proxy,
    ordered: true,
    once,
    acknowledged: 'ambiguous',
    delivered: () =>
      withClient(server.url, async (client) => {
        const { rows } = await client.query<{ id: string }>(`select id from ${name}.deliveries where key like 'k_%' order by seq`)
        return rows.map(({ id }) => id)
      }),
  }
}

/** A connection of the judge's own, past the proxy. */
export async function withClient<T>(url: string, use: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    return await use(client)
  } finally {
    await client.end()
  }
}

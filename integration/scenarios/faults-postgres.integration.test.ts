/**
 * What only a database does to its clients (faults F28, F29): deadlocks, serialization failures, no more connections. The restart is among the
 * faults of `faults-sinks`.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from 'pg'
import { afterAll, beforeAll, beforeEach, afterEach, expect, it } from 'vitest'
import type { ServiceHandle } from '../services/service.ts'
import { startService } from '../services/start-service.ts'
import { judgePhase, recordOutcome } from '../support/faults/outcome.ts'
import { Rig } from '../support/faults/rig.ts'
import { PostgresTarget, withClient } from '../support/faults/targets/postgres-target.ts'
import { until } from '../support/faults/waiting.ts'

let source: ServiceHandle
let postgres: PostgresTarget
let rig: Rig

beforeAll(async () => {
  source = await startService('kafka')
})

beforeEach(async () => {
  postgres = await PostgresTarget.start(['keyed'])
  rig = await Rig.start({
    name: 'postgres',
    brokers: source.url,
    targets: [postgres],
    onDeliveryError: 'RETRY',
    config: { executor: { max_retries: 50 } },
  })
})

afterEach(async () => {
  await rig?.[Symbol.asyncDispose]()
  await postgres?.[Symbol.asyncDispose]()
})

afterAll(async () => {
  await source?.dispose()
})

const judging = <T>(use: (client: Client) => Promise<T>) => withClient(postgres.server.url, use)

async function one(client: Client, sql: string): Promise<number> {
  const { rows } = await client.query<{ value: string }>(sql)
  return Number(rows[0]?.value ?? 0)
}

async function expectNothingLost(scenario: string, facts: { hits: number; startedAt: number }): Promise<void> {
  const [instance] = postgres.instances
  if (instance === undefined) throw new Error('no instance')
  const outcome = await judgePhase(rig, instance, '')
  recordOutcome(rig, outcome, { scenario, hits: facts.hits, seconds: (performance.now() - facts.startedAt) / 1000 })
  expect(facts.hits, 'inconclusive: the fault did not bite').toBeGreaterThan(0)
  expect(outcome.verdict).toMatchObject({ missing: [], unknown: [], bothEnds: [], duplicates: 0 })
  expect(outcome.observed.dead).toEqual([])
}

it('F28: statements rolled back again and again keep the order within a key', async () => {
  const startedAt = performance.now()
  await judging((client) =>
    client.query(`
      create sequence keyed.tries;
      create function keyed.fail_sometimes() returns trigger language plpgsql as $$ begin
        if nextval('keyed.tries') % 2 <> 0 then raise exception 'not now' using errcode = '40001'; end if;
        return new;
      end $$;
      create trigger sometimes before insert on keyed.deliveries for each row when (new.n % 100 = 0) execute function keyed.fail_sometimes();`),
  )
  await rig.produce('rolled-back', 1500)
  await rig.untilCommitted()
  const tries = await judging((client) => one(client, 'select last_value as value from keyed.tries'))
  await expectNothingLost('postgres keyed: F28 serialization failures', { hits: tries - 1500 / 100, startedAt })
  const [instance] = postgres.instances
  if (instance !== undefined) expect((await judgePhase(rig, instance, '')).verdict.inversions).toEqual([])
})

it('F29: the victim of a deadlock tries again', async () => {
  const startedAt = performance.now()
  const before = await judging((client) => one(client, deadlocks))
  await judging(async (client) => {
    // The key tells our rows from those the worker wrote over them.
    await client.query(`insert into keyed.deliveries (id, key, n) select 'locked-' || n, 'k', n from generate_series(1, 400) n`)
    await client.query(`set deadlock_timeout = '60s'; begin; update keyed.deliveries set key = 'mine' where id = 'locked-400'`)
    await rig.produce('locked', 400)
    await crossLocks(client)
    await client.query('commit')
  })
  await rig.untilCommitted()
  // Other sessions' statistics arrive with a delay.
  await until(async () => (await judging((client) => one(client, deadlocks))) > before, { what: 'a deadlock', withinMs: 10_000 })
  const after = await judging((client) => one(client, deadlocks))
  await expectNothingLost('postgres keyed: F29 deadlock', { hits: after - before, startedAt })
})

const deadlocks = `select deadlocks as value from pg_stat_database where datname = current_database()`

/** When the worker waits for our row, waits for one of its rows: it looks for deadlocks sooner than we do, and loses. */
async function crossLocks(client: Client): Promise<void> {
  const waiting = `select count(*) as value from pg_stat_activity where wait_event_type = 'Lock'`
  await until(async () => (await one(client, waiting)) > 0, { what: 'the worker waits for the row', withinMs: 20_000 })
  const { rows } = await client.query<{ id: string }>(
    `select id from keyed.deliveries where id not in (select id from keyed.deliveries where id <> 'locked-400' for update skip locked) and id <> 'locked-400' limit 1`,
  )
  await client.query(`update keyed.deliveries set key = 'mine' where id = $1`, [rows[0]?.id])
}

it('F29: a server without room for connections is tried again until it has some', async () => {
  const startedAt = performance.now()
  await rig.produce('before', 500)
  await rig.untilCommitted()
  await judging(async (client) => {
    await client.query('alter role worker connection limit 0')
    await client.query(`select pg_terminate_backend(pid) from pg_stat_activity where usename = 'worker'`)
    await rig.produce('during', 500)
    await rig.until('connections are refused', () => rig.worker.failures('keyed') > 0)
    expect(await rig.committedTooEarly()).toEqual([])
    await sleep(200)
    await client.query('alter role worker connection limit -1')
  })
  const hits = rig.worker.failures('keyed')
  await rig.produce('after', 500)
  await rig.untilCommitted()
  expect(hits).toBeGreaterThan(0)
  await expectNothingLost('postgres keyed: F29 no more connections', { hits, startedAt })
})

/**
 * The dead-letter log fails (faults F31, F32): down, silent, forbidden, too small for the records, and down together with the sink. It
 * blocks, or spools where a spool is configured; it never drops, and the worker goes on by itself.
 */
import kafkajs, { type AclOperationTypes, type AclPermissionTypes, type Admin } from 'kafkajs'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import type { ServiceHandle } from '../services/service.ts'
import { startService } from '../services/start-service.ts'
import type { FaultProxy } from '../support/fault-proxy.ts'
import { judgePhase, recordOutcome } from '../support/faults/outcome.ts'
import { Rig, type RigOptions } from '../support/faults/rig.ts'
import { HttpTarget } from '../support/faults/targets/http-target.ts'
import { startBrokerProxy } from '../support/faults/targets/kafka-target.ts'

let source: ServiceHandle
/** Holds the dead letters only. Who has no rule may do everything, so that a rule can take something away. */
let deadLetters: ServiceHandle
let proxy: FaultProxy
let admin: Admin
let http: HttpTarget
let rig: Rig
const started: AsyncDisposable[] = []

const openToAll = {
  'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
  'allow.everyone.if.no.acl.found': 'true',
}

/** The outages are short; so is the patience of the client. */
const impatient = { requestTimeout: 1000, connectionTimeout: 1000, retry: { retries: 1, initialRetryTime: 50, maxRetryTime: 100 } }

beforeAll(async () => {
  ;[source, deadLetters] = await Promise.all([startService('kafka'), startService('kafka', { settings: openToAll })])
  admin = new kafkajs.Kafka({ brokers: [deadLetters.url], logLevel: kafkajs.logLevel.NOTHING }).admin()
  await admin.connect()
})

afterEach(async () => {
  for (const one of started.splice(0).toReversed()) await one[Symbol.asyncDispose]()
})

afterAll(async () => {
  await admin?.disconnect()
  await Promise.all([source?.dispose(), deadLetters?.dispose()])
})

async function start(options: Pick<RigOptions, 'spools' | 'framework'> = {}): Promise<void> {
  proxy = await startBrokerProxy(deadLetters.url)
  http = await HttpTarget.start(['plain'])
  started.push(proxy, http)
  rig = await Rig.start({
    name: 'dead-letters',
    brokers: source.url,
    targets: [http],
    deadLetters: { brokers: `127.0.0.1:${proxy.port}`, read: deadLetters.url },
    config: { kafka: { client_options: impatient } },
    ...options,
  })
  started.push(rig)
}

const topic = () => `${rig.source.topic}_dlq`
const committed = async () => [...(await rig.source.committed()).values()].reduce((sum, offset) => sum + offset, 0)
const sendFailures = () => rig.worker.snapshot?.deadLetterFailures ?? 0

interface Outage {
  readonly name: string
  begin(): Promise<void> | void
  end(): Promise<void> | void
}

/** A topic with rules has no others: everything is allowed, and then writing is not. */
const rule = (operation: AclOperationTypes, permissionType: AclPermissionTypes) => ({
  resourceType: kafkajs.AclResourceTypes.TOPIC,
  resourceName: topic(),
  resourcePatternType: kafkajs.ResourcePatternTypes.LITERAL,
  principal: 'User:ANONYMOUS',
  host: '*',
  operation,
  permissionType,
})
const allowed = () => rule(kafkajs.AclOperationTypes.ALL, kafkajs.AclPermissionTypes.ALLOW)
const denied = () => rule(kafkajs.AclOperationTypes.WRITE, kafkajs.AclPermissionTypes.DENY)

const largestRecord = (bytes: string) => ({
  validateOnly: false,
  resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: topic(), configEntries: [{ name: 'max.message.bytes', value: bytes }] }],
})

const outages: readonly Outage[] = [
  { name: 'down', begin: () => proxy.refuse(), end: () => proxy.accept() },
  { name: 'half-open', begin: () => void (proxy.isSwallowing = true), end: () => void (proxy.isSwallowing = false) },
  {
    name: 'denied',
    begin: async () => void (await admin.createAcls({ acl: [allowed(), denied()] })),
    end: async () => void (await admin.deleteAcls({ filters: [denied()] })),
  },
  {
    name: 'too large',
    begin: async () => void (await admin.alterConfigs(largestRecord('200'))),
    end: async () => void (await admin.alterConfigs(largestRecord('1048588'))),
  },
]

async function expectNothingLost(scenario: string, facts: { hits: number; startedAt: number }) {
  const [instance] = http.instances
  if (instance === undefined) throw new Error('no instance')
  const outcome = await judgePhase(rig, instance, '')
  recordOutcome(rig, outcome, { scenario, hits: facts.hits, seconds: (performance.now() - facts.startedAt) / 1000 })
  expect(facts.hits, 'inconclusive: no dead letter was refused').toBeGreaterThan(0)
  expect(outcome.verdict).toMatchObject({ missing: [], unknown: [] })
  return outcome
}

it.each(outages)(
  'F31: a dead-letter log that is $name blocks, drops nothing, and everything arrives when it is back',
  async ({ name, begin, end }) => {
    const startedAt = performance.now()
    await start()
    await rig.produce('before', 100, { refuseEvery: 2 })
    await rig.untilCommitted()
    await begin()
    await rig.produce('during', 400, { refuseEvery: 2 })
    await rig.until('dead letters are refused', () => sendFailures() > 0)
    expect(await rig.committedTooEarly()).toEqual([])
    expect(await committed()).toBeLessThan(rig.source.entries.length)
    expect(rig.log()).toContain('dlq_send_failed')
    const hits = sendFailures()
    await end()
    await rig.untilCommitted()
    const { observed } = await expectNothingLost(`dead letters: F31 ${name}`, { hits, startedAt })
    expect([new Set(observed.delivered).size, new Set(observed.dead).size]).toEqual([250, 250])
  },
)

it('F31: with a spool the worker goes on, and the spool is sent when the log is back', async () => {
  const startedAt = performance.now()
  await start({ spools: true })
  await rig.produce('before', 100, { refuseEvery: 2 })
  await rig.untilCommitted()
  proxy.refuse()
  await rig.produce('during', 400, { refuseEvery: 8 })
  await rig.untilCommitted()
  expect(await rig.committedTooEarly()).toEqual([])
  const outage = await expectNothingLost('dead letters: F31 down, spooled', { hits: sendFailures(), startedAt })
  expect(new Set(outage.observed.spooled).size).toBe(50)
  expect(new Set(outage.observed.dead).size).toBe(50)
  proxy.accept()
  await rig.until('the spool is sent', async () => new Set((await rig.observe(outage.instance, '')).dead).size === 100)
  await expectNothingLost('dead letters: F31 back, spool sent', { hits: sendFailures(), startedAt })
})

it('F32: sink and dead-letter log down together: the worker waits within its bounds and loses nothing', async () => {
  const startedAt = performance.now()
  await start({ framework: { circuit_breaker: { cooldown_seconds: 0.3 } } })
  await rig.produce('before', 100)
  await rig.untilCommitted()
  rig.worker.resetPeaks()
  proxy.refuse()
  for (const instance of http.instances) instance.proxy?.refuse()
  await rig.produce('during', 4000, { pad: 5000 })
  await rig.until('the source pauses', () => rig.worker.wasPaused)
  await rig.until('dead letters are refused', () => sendFailures() > 0)
  expect(await rig.committedTooEarly()).toEqual([])
  const hits = sendFailures()
  for (const instance of http.instances) instance.proxy?.accept()
  proxy.accept()
  await rig.untilCommitted()
  await rig.until('the sink is used again', async () => {
    await rig.produce('probe', 4)
    await rig.untilCommitted()
    return rig.sink('plain')?.circuit_state === 'closed'
  })
  const { observed } = await expectNothingLost('dead letters: F32 sink down too', { hits, startedAt })
  expect(observed.dead.length).toBeGreaterThan(0)
  expect(rig.worker.maxHeld).toBeLessThanOrEqual(800)
  expect(rig.worker.maxRss / 2 ** 20).toBeLessThan(300)
})

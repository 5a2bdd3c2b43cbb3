import { describe, expect, it } from 'vitest'
import { steps, StartUp, type Incident, type Step } from './support/start-up.ts'
import { until } from './support/waiting.ts'

/** What a start opens, and the step at which it is there. Closed in reverse order. */
const resources: readonly (readonly [name: string, openAt: Step])[] = [
  ['executor', 'start executor'],
  ['dead-letter producer', 'connect sink a'],
  ['sink b', 'connect sink a'],
  ['sink a', 'connect sink a'],
  ['consumer', 'create consumer'],
]

function openAt({ step, how }: Incident): readonly string[] {
  const isOpen = (since: Step): boolean => steps.indexOf(since) <= steps.indexOf(step)
  const notCreated = step === 'create consumer' && how === 'throws' ? 'consumer' : null
  return resources.flatMap(([name, since]) => (isOpen(since) && name !== notCreated ? [name] : []))
}

describe('a start', () => {
  it('takes its steps in order, and a stop closes everything in the reverse order', async () => {
    const startUp = new StartUp(null)
    const run = startUp.app.run()
    await until(() => startUp.app.snapshot()?.partitions.length === 2)
    startUp.app.stop()
    expect(await run).toEqual({ exitCode: 0, reason: 'stopped' })
    const entries = startUp.timeline.filter((entry) => !entry.startsWith('(settings'))
    expect(entries).toEqual([
      'onStartup',
      '(drakkar_starting)',
      'start executor',
      'describe source topic',
      'create dead-letter topic',
      'connect sink a',
      'connect sink b',
      '(sink_connected)',
      '(sink_connected)',
      'connect dead letters',
      ...entries.filter((entry) => entry === '(dlq_sink_connected)'),
      '(sinks_configured)',
      'create consumer',
      'onReady',
      '(periodic_task_started)',
      '(startup_align_waiting)',
      'align',
      '(startup_align_done)',
      'join group',
      '(partitions_assigned)',
      '(drakkar_shutting_down)',
      'close consumer',
      'close sink a',
      'close sink b',
      'close dead-letter producer',
      'close executor',
      '(drakkar_stopped)',
    ])
    expect(startUp.sleeping).toBe(0)
    expect(startUp.consumerOptions).toMatchObject({ topic: 'input', group: 'drakkar-workers', groupInstanceId: 'worker-1' })
  })

  const incidents = steps.flatMap((step) => (['throws', 'stops', 'hangs'] as const).map((how): Incident => ({ step, how })))

  it.each(incidents)('in which "$step" $how ends there and closes exactly what was open', async (incident) => {
    const startUp = new StartUp(incident)
    const run = startUp.app.run()
    if (incident.how === 'throws') await expect(run).rejects.toThrow('no luck')
    else expect(await run).toEqual({ exitCode: 0, reason: 'stopped' })
    const reached = steps.slice(0, steps.indexOf(incident.step) + 1)
    // Sinks connect side by side.
    const further = incident.step === 'connect sink a' ? ['connect sink b'] : []
    expect(startUp.taken).toEqual([...reached, ...further])
    expect(startUp.closed).toEqual(openAt(incident).toReversed())
    expect(startUp.timeline.includes('(start_up_aborted)')).toBe(incident.how !== 'throws')
    expect(startUp.sleeping).toBe(0)
  })

  it('that is stopped before it began opens nothing', async () => {
    const startUp = new StartUp(null)
    startUp.app.stop()
    expect(await startUp.app.run()).toEqual({ exitCode: 0, reason: 'stopped' })
    expect([startUp.taken, startUp.closed]).toEqual([[], []])
  })
})

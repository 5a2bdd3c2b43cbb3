/** A whole worker whose dead-letter topic cannot be written, with `dlq.spool_dir`. */
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { defineHandler } from '../src/handler.ts'
import { createHarness } from './support/harness.ts'
import { createRecorder, recordSink } from './support/record-sink.ts'
import { until } from './support/waiting.ts'

const handler = defineHandler({ arrange: () => [] })

it('commits what is in the spool, and the next worker sends it', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'drakkar-worker-spool-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  const options = { handler, sinks: [recordSink(createRecorder())], config: { dlq: { spool_dir: directory, max_retries: 1 } } }

  const first = await createHarness(options)
  await first.send(['bad json', 'also bad', 'worse'])
  for (let failures = 0; failures < 1000; failures += 1) first.log.failNextSend(new Error('dlq down'))
  expect(await first.app.run()).toMatchObject({ exitCode: 0 })
  expect(await first.committed()).toEqual(new Map([[0, 3]]))
  expect(await first.deadLetters()).toEqual([])
  expect(first.events()).toContain('dlq_spooled')
  expect(await readdir(directory)).toEqual([expect.stringMatching(/\.jsonl$/)])

  const second = await createHarness({ ...options, until: 'stopped' })
  const run = second.app.run()
  await until(() => second.app.snapshot()?.deadLettered === 3)
  second.app.stop()
  await run
  const letters = await second.deadLetters()
  expect(letters.map(({ original_payloads, source }) => [original_payloads, source.offsets])).toEqual([
    [['bad json'], [0]],
    [['also bad'], [1]],
    [['worse'], [2]],
  ])
  expect(await readdir(directory)).toEqual([])
})

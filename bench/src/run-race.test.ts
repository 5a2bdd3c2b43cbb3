/** A whole race with small real processes in place of the contenders. */
import { expect, it } from 'vitest'
import type { Contender, Race } from './race.ts'
import { runRace } from './run-race.ts'
import { markdown } from './table.ts'

const line = (seconds: number) =>
  JSON.stringify({ messages: 100, seconds, cpuSeconds: seconds, childCpuSeconds: null, maxRssBytes: 5e6, loopDelayP99Ms: null })

/** Prints something first, as a real program may. */
function printing(name: string, output: string, options: { code?: number; verify?: () => Promise<void> } = {}): Contender {
  const script = `console.log('working'); console.log(process.argv[1]); console.error('its last words'); process.exitCode = ${options.code ?? 0}`
  const verify = options.verify ?? (() => Promise.resolve())
  return {
    name,
    about: `about ${name}`,
    prepare: () => Promise.resolve({ command: process.execPath, args: ['-e', script, output], verify }),
  }
}

function raceOf(contenders: readonly Contender[]) {
  const state = { closed: 0 }
  const race: Race = {
    name: 'fake',
    title: 'A fake race',
    about: 'Nothing.',
    defaultMessages: 100,
    open: () =>
      Promise.resolve({
        contenders,
        leftOut: [{ name: 'gone', reason: 'no compiler' }],
        close: () => {
          state.closed += 1
          return Promise.resolve()
        },
      }),
  }
  return { race, state }
}

function start(race: Race, said: string[] = []) {
  const context = { messages: 100, folder: '.', kafka: () => Promise.reject(new Error('not needed')) }
  return runRace(race, { context, rounds: 2, say: (text) => said.push(text) })
}

it('compares with the first contender, shows progress, and is loud about what is left out', async () => {
  const said: string[] = []
  const { race, state } = raceOf([printing('limit', line(0.5)), printing('ours', line(2))])
  const result = await start(race, said)
  expect(result.contenders.map(({ name, rateRatio, messagesPerSecond }) => [name, rateRatio.median, messagesPerSecond.median])).toEqual([
    ['limit', 1, 200],
    ['ours', 0.25, 50],
  ])
  expect(said.join('\n')).toContain('!!! gone IS LEFT OUT: no compiler')
  expect(said.filter((text) => /warm-up|round \d\/2/.test(text))).toHaveLength(6)
  expect(state.closed).toBe(1)
  const text = markdown(result)
  expect(text).toContain('| ours | 50 (50–50) | 0.25 (0.25–0.25) | 20,000 (20,000–20,000) | 4 (4–4) | – | 5 (5–5) | – |')
  expect(text).toContain('LEFT OUT **gone**: no compiler')
  expect(text).toContain(`node ${process.versions.node}`)
})

it.each([
  ['fails', printing('bad', line(1), { code: 3 }), /bad failed in round warm-up: ended with code 3\n.*its last words/s],
  ['reports nothing', printing('bad', 'done'), /bad failed .* no JSON: done/],
  ['reports half', printing('bad', '{"messages":1}'), /bad failed .* seconds is wrong/],
  [
    'did not do the work',
    printing('bad', line(1), { verify: () => Promise.reject(new Error('99 messages instead of 100')) }),
    /bad failed .* 99 messages instead of 100/,
  ],
])('has no result, and is closed, when a contender %s', async (_what, contender, expected) => {
  const { race, state } = raceOf([contender])
  await expect(start(race)).rejects.toThrow(expected)
  expect(state.closed).toBe(1)
})

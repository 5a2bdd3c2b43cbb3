/** The code in the README is the code that is compiled and run here. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { defineSink } from '@drakkar/plugin-sdk'
import { Type } from 'typebox'
import { describe, expect, it } from 'vitest'
import { DrakkarApp, loadConfig, openLog, SinkRegistry } from '../../src/index.ts'
import { silentLogger } from '../../src/observability/logger.ts'
import handler from './handler.mjs'

declare module '@drakkar/plugin-sdk' {
  interface SinkPayloadMap {
    file_line: { data: unknown }
  }
}

const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8')
const here = (name: string) => readFile(new URL(name, import.meta.url), 'utf8')

describe('the README', () => {
  it.each(['handler.mjs', 'drakkar.yaml', 'run.mjs'])('shows %s as it is tested', async (name) => {
    expect(readme).toContain(`\n${await here(name)}\`\`\``)
  })

  it('names every hook of the handler type, and no other', async () => {
    const source = await readFile(new URL('../../src/handler.ts', import.meta.url), 'utf8')
    const members = source.slice(source.indexOf('export interface Handler<')).split('\n}\n')[0] ?? ''
    const hooks = [...members.matchAll(/^ {2}(?:readonly )?(\w+)\??[(:]/gm)].map(([, name]) => name)
    const section = readme.slice(readme.indexOf('## The handler'), readme.indexOf('## What is promised'))
    const listed = [...section.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name)
    expect(hooks.length).toBeGreaterThan(7)
    expect(listed).toEqual(hooks)
  })

  it('has an example that counts words', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'drakkar-readme-'))
    const lines: string[] = []
    const path = join(folder, 'words.db')
    const { config } = loadConfig(fileURLToPath(new URL('drakkar.yaml', import.meta.url)))
    const own = { ...config, embedded: { source_topic: 'words', partitions: 8, ...config.embedded, path } }
    const log = await openLog(own, { logger: silentLogger, workerId: 'readme' })
    try {
      await log.admin().createTopic('words', 1)
      const producer = log.producer()
      await producer.connect({ signal: AbortSignal.timeout(10_000) })
      await producer.send(
        ['{"text":"to be or not to be"}', '{"text":5}', '{"text":""}'].map((text) => ({ topic: 'words', value: Buffer.from(text) })),
      )
      const registry = new SinkRegistry()
      registry.register(
        defineSink({
          type: 'file_line',
          config: Type.Object({ path: Type.String() }),
          payload: Type.Object({ data: Type.Unknown() }),
          create: () => ({
            deliver: async (items) => {
              lines.push(...items.map(({ payload }) => String(payload.data)))
            },
          }),
        }),
      )
      const app = new DrakkarApp({ handler, config: own, registry, log, logger: silentLogger, until: 'caught_up', handleSignals: false })
      expect(await app.run()).toEqual({ exitCode: 0, reason: 'caught_up' })
      expect(lines.toSorted()).toEqual(['0 words', '6 words'])
      expect(app.snapshot()?.deadLettered).toBe(1)
    } finally {
      await log.close()
      await rm(folder, { recursive: true, force: true })
    }
  }, 60_000)
})

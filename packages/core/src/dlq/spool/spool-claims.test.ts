/** Whose files are taken over at a start, and what becomes of those that are damaged. */
import { createFakeClock } from '@drakkar/plugin-sdk/testing'
import { describe, expect, it, onTestFinished } from 'vitest'
import { MemorySpoolDisk } from '../../../test/support/memory-spool-disk.ts'
import { createRecordingAppLogger } from '../../../test/support/recording-app-logger.ts'
import { DeadLetterSpool } from './dead-letter-spool.ts'
import { entryLine, markLine } from './spool-line.ts'

type Verdict = boolean | null

function line(value: string): string {
  return entryLine({ topic: 'dlq', key: null, value: Buffer.from(value) })
}

function ownerText(overrides: object = {}): string {
  return JSON.stringify({ pid: 7, started: '1', machine: 'host boot ns', worker_id: 'other', since_ms: 5, ...overrides })
}

async function start(
  disk: MemorySpoolDisk,
  { alive = false, workerId = 'w' }: { readonly alive?: Verdict; readonly workerId?: string } = {},
) {
  const clock = createFakeClock(100_000)
  const logger = createRecordingAppLogger()
  const identity = { own: async () => ({ pid: 1, started: '2', machine: 'm' }), isAlive: async () => alive }
  const spool = await DeadLetterSpool.open({ disk: disk.mount(), workerId, identity, clock, logger })
  onTestFinished(() => spool.close())
  return { spool, clock, logger }
}

async function valuesOf(spool: DeadLetterSpool): Promise<readonly string[]> {
  const values: string[] = []
  for (let batch = await spool.next(); batch !== null; batch = await spool.next()) {
    values.push(...batch.entries.map(({ entry }) => Buffer.from(entry.value).toString()))
    await spool.markSent(batch, batch.entries.length)
  }
  return values
}

describe('files in the spool directory', () => {
  it('of a worker that is gone are taken over, oldest owner and lowest number first, and then are nowhere else', async () => {
    const disk = new MemorySpoolDisk()
    disk.write('b.owner', ownerText({ since_ms: 20 }))
    disk.write('b.1.jsonl', line('5'))
    disk.write('a.owner', ownerText({ since_ms: 10 }))
    disk.write('a.10.jsonl', line('3'))
    disk.write('a.9.jsonl', `${line('1')}${line('2')}`)
    disk.write('a.refused.jsonl', line('4'))
    const { spool, logger } = await start(disk)
    expect(disk.names().filter((name) => /^[ab]\./.test(name))).toEqual([])
    expect(logger.entries.filter(({ event }) => event === 'dlq_spool_found')).toHaveLength(4)
    expect([spool.entries, await valuesOf(spool), spool.entries]).toEqual([5, ['1', '2', '3', '4', '5'], 0])
  })

  it('that name no owner are taken over: somebody has put them there', async () => {
    const disk = new MemorySpoolDisk()
    disk.write('rescued.jsonl', line('1'))
    disk.write('torn-owner.jsonl', line('2'))
    disk.write('torn-owner.owner', '{"pid":')
    const { spool } = await start(disk)
    expect((await valuesOf(spool)).toSorted()).toEqual(['1', '2'])
  })

  it.each<[string, { alive: Verdict; workerId: string; seenMs: number; isTaken: boolean }]>([
    ['alive', { alive: true, workerId: 'other', seenMs: 0, isTaken: false }],
    ['on another machine, and was seen lately', { alive: null, workerId: 'w', seenMs: 50_000, isTaken: false }],
    ['on another machine, and was not seen for a minute', { alive: null, workerId: 'w', seenMs: 39_000, isTaken: true }],
    ['an earlier life of this worker, before a reboot', { alive: null, workerId: 'other', seenMs: 99_000, isTaken: true }],
  ])('of an owner that is %s', async (_case, { alive, workerId, seenMs, isTaken }) => {
    const disk = new MemorySpoolDisk()
    disk.nowMs = seenMs
    disk.write('a.owner', ownerText())
    disk.write('a.1.jsonl', line('1'))
    const { spool, logger } = await start(disk, { alive, workerId })
    expect([spool.entries, disk.names().includes('a.1.jsonl')]).toEqual(isTaken ? [1, false] : [0, true])
    expect(logger.events()).toEqual([isTaken ? 'dlq_spool_found' : 'dlq_spool_held'])
    if (!isTaken) expect(logger.entries[0]?.fields).toMatchObject({ files: ['a.1.jsonl'], held_by: 'other', machine: 'host' })
  })

  it('are looked for again while the worker runs', async () => {
    const disk = new MemorySpoolDisk()
    const { spool, clock } = await start(disk)
    disk.write('a.owner', ownerText())
    disk.write('a.1.jsonl', line('1'))
    const filled = spool.filled(new AbortController().signal)
    await clock.advance(20_000)
    await filled
    expect(await valuesOf(spool)).toEqual(['1'])
  })
})

describe('a damaged spool file', () => {
  it('loses none of its good lines; the others are kept in a file of their own', async () => {
    const disk = new MemorySpoolDisk()
    const changed = line('bad').replace('bad', 'Bad')
    disk.write('a.1.jsonl', `${line('1')}${changed}rubbish\n${line('2')}${line('torn').slice(0, 20)}`)
    const { spool, logger } = await start(disk)
    expect(logger.entries).toContainEqual(
      expect.objectContaining({ event: 'dlq_spool_corrupt', fields: expect.objectContaining({ lines: 3 }) }),
    )
    expect(await valuesOf(spool)).toEqual(['1', '2'])
    const kept = disk.names().find((name) => name.endsWith('.corrupt')) ?? ''
    expect(disk.content(kept)).toBe(`${changed}rubbish\n${line('torn').slice(0, 20)}\n`)
    expect(disk.names()).not.toContain(kept.replace('.corrupt', ''))
  })

  it('stays when there is no room for its damaged lines', async () => {
    const disk = new MemorySpoolDisk()
    disk.write('a.1.jsonl', `${line('1')}rubbish\n`)
    // The owner's name, the new name of the file, then the copy.
    disk.failAfter(3)
    const first = await start(disk)
    expect(await valuesOf(first.spool)).toEqual(['1'])
    await first.spool.close()
    disk.kill()
    const { spool } = await start(disk)
    expect(await valuesOf(spool)).toEqual([])
    const kept = disk.names().find((name) => name.endsWith('.corrupt')) ?? ''
    expect(disk.content(kept)).toBe('rubbish\n')
  })

  it('begins after what was noted as sent', async () => {
    const disk = new MemorySpoolDisk()
    disk.write('a.1.jsonl', `${line('1')}${line('2')}${markLine(line('1').length)}`)
    const { spool } = await start(disk)
    expect([spool.entries, await valuesOf(spool)]).toEqual([1, ['2']])
  })
})

describe('a worker whose file was taken over', () => {
  it('does not call safe what only the other may have seen, and goes on with another file', async () => {
    const disk = new MemorySpoolDisk()
    const { spool } = await start(disk)
    const entry = { topic: 'dlq', key: null, value: Buffer.from('1') }
    await spool.append(entry)
    const [name = ''] = disk.names().filter((file) => file.endsWith('.jsonl'))
    expect(await disk.mount().rename(name, 'other.1.jsonl')).toBe(true)
    await expect(spool.append(entry)).rejects.toThrow('taken over')
    await spool.append(entry)
    expect([spool.entries, disk.names().filter((file) => file.endsWith('.jsonl')).length]).toEqual([1, 2])
  })

  it('does not accept entries after its end', async () => {
    const { spool } = await start(new MemorySpoolDisk())
    await spool.close()
    await expect(spool.append({ topic: 'dlq', key: null, value: Buffer.from('1') })).rejects.toThrow()
  })
})

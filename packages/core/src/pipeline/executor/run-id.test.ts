import { describe, expect, it } from 'vitest'
import { readPidNamespace, readProcessStat } from './process-table.js'
import { createRunId, formatRunId, isOwnerDead, parseRunId } from './run-id.ts'

describe('run ids', () => {
  it('are read back as they were written, and nothing else is', () => {
    const owner = { pidNamespace: '4026531836', pid: 123, startTime: '456' }
    expect(parseRunId(formatRunId(owner, 'ab12'))).toEqual(owner)
    for (const text of ['', 'mine', 'drk-1-2-3', 'drk-1-2-3-xyz', ' drk-1-2-3-ab', 'drk-1-2-3-ab\n']) expect(parseRunId(text)).toBe(null)
  })

  it('differ within one process', async () => {
    expect(await createRunId()).not.toBe(await createRunId())
  })
})

describe.runIf(process.platform === 'linux')('the owner of a run', async () => {
  const pidNamespace = await readPidNamespace()
  const startTime = (await readProcessStat('self'))?.startTime ?? ''
  const self = { pidNamespace, pid: process.pid, startTime }
  const isDead = (changes: Partial<typeof self>) => isOwnerDead(formatRunId({ ...self, ...changes }, 'ab'), pidNamespace)

  it('lives as long as its pid and start time fit', async () => {
    expect(await isOwnerDead(await createRunId(), pidNamespace)).toBe(false)
    expect(await isDead({})).toBe(false)
  })

  it('is dead when its pid is gone or belongs to a later process', async () => {
    expect(await isDead({ pid: 2 ** 22 - 2 })).toBe(true)
    expect(await isDead({ startTime: '1' })).toBe(true)
  })

  it('is never called dead from another pid namespace, without a start time, or when it is not one of ours', async () => {
    expect(await isDead({ pidNamespace: '1', startTime: '1' })).toBe(false)
    expect(await isDead({ pid: 2 ** 22 - 2, startTime: '0' })).toBe(false)
    expect(await isOwnerDead('something else', pidNamespace)).toBe(false)
  })
})

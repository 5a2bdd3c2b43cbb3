import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { endLeaderlessGroup, isForeignGroup, signalGroup } from './process-group.ts'
import { readProcessStat } from './process-table.js'

describe('signalling groups', () => {
  it.each([0, 1, -1, -5, 1.5, NaN, Infinity, process.pid])('refuses %d', (groupId) => {
    expect(isForeignGroup(groupId)).toBe(false)
    expect(() => signalGroup(groupId, 'SIGKILL')).toThrow(RangeError)
  })

  it.runIf(process.platform === 'linux')('refuses the group the worker itself is in', async () => {
    const own = (await readProcessStat('self'))?.groupId ?? 0
    expect(() => signalGroup(own, 0)).toThrow(RangeError)
  })

  it('is false for a group that is gone', () => {
    expect(signalGroup(2 ** 22 - 5, 'SIGKILL')).toBe(false)
  })

  it.runIf(process.platform === 'linux')('does not kill a new process that got the id of an ended group', async () => {
    const stranger = spawn('sleep', ['300'], { detached: true, stdio: 'ignore' })
    expect(await endLeaderlessGroup(stranger.pid ?? 0)).toBe(true)
    expect((await readProcessStat(stranger.pid ?? 0))?.state).toMatch(/[SRD]/)
    const exited = once(stranger, 'exit')
    stranger.kill('SIGKILL')
    await exited
  })
})

import { expect, it } from 'vitest'
import { eventFiles, OomKills } from './oom-kills.ts'

it('looks into the unified hierarchy first, then into the memory controller', () => {
  expect(eventFiles('4:cpu,memory:/jobs/7\n0::/system.slice\n')).toEqual([
    '/sys/fs/cgroup/system.slice/memory.events',
    '/sys/fs/cgroup/memory.events',
    '/sys/fs/cgroup/memory/jobs/7/memory.oom_control',
    '/sys/fs/cgroup/memory/memory.oom_control',
  ])
  expect(eventFiles('')).toEqual([])
})

it('claims nothing while nothing happened', async () => {
  const kills = new OomKills()
  await kills.start()
  expect(await kills.happened()).toBe(false)
})

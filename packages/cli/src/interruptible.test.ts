import { afterEach, expect, it, vi } from 'vitest'
import { fakeLog } from '../test/fake-log.ts'
import { closeLog, orAborted } from './interruptible.ts'

afterEach(() => {
  vi.useRealTimers()
})

const never = new Promise<never>(() => {})

it('gives what the call gives', async () => {
  const { signal } = new AbortController()
  expect(await orAborted(Promise.resolve(7), signal)).toBe(7)
  await expect(orAborted(Promise.reject(new Error('broken')), signal)).rejects.toThrow('broken')
})

it('ends a call that never answers when the signal aborts, before or while it waits', async () => {
  const controller = new AbortController()
  const waiting = orAborted(never, controller.signal)
  controller.abort('SIGINT')
  await expect(waiting).rejects.toThrow('stopped by a signal')
  await expect(orAborted(never, controller.signal)).rejects.toBe('SIGINT')
})

it('does not wait for ever for a log that cannot be closed after a signal', async () => {
  vi.useFakeTimers()
  const closing = closeLog({ ...fakeLog(), close: () => never }, AbortSignal.abort('SIGINT'))
  await vi.runAllTimersAsync()
  await closing
  const log = fakeLog()
  await closeLog(log, new AbortController().signal)
  expect(log.closed).toBe(true)
})

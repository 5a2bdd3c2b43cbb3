import { afterEach, describe, expect, it } from 'vitest'
import { listenForSignals, repetitionMs } from './process-signals.ts'

let remove = (): void => undefined
afterEach(() => remove())

function listen() {
  const heard: string[] = []
  const clock = { ms: 0 }
  const listeners = { onStop: (signal: string) => heard.push(`stop ${signal}`), onForce: (signal: string) => heard.push(`force ${signal}`) }
  remove = listenForSignals(listeners, () => clock.ms)
  return { heard, clock }
}

describe('listenForSignals', () => {
  it('stops on the first signal and forces on the second', () => {
    const { heard, clock } = listen()
    process.emit('SIGTERM', 'SIGTERM')
    clock.ms = 2000
    process.emit('SIGINT', 'SIGINT')
    expect(heard).toEqual(['stop SIGTERM', 'force SIGINT'])
  })

  it('takes a repetition at once for the same signal told twice', () => {
    const { heard, clock } = listen()
    process.emit('SIGINT', 'SIGINT')
    clock.ms = repetitionMs - 1
    process.emit('SIGINT', 'SIGINT')
    expect(heard).toEqual(['stop SIGINT'])
    clock.ms = repetitionMs
    process.emit('SIGINT', 'SIGINT')
    expect(heard).toEqual(['stop SIGINT', 'force SIGINT'])
  })

  it('hears nothing once removed', () => {
    const before = process.listenerCount('SIGTERM')
    listen()
    remove()
    expect(process.listenerCount('SIGTERM')).toBe(before)
  })
})

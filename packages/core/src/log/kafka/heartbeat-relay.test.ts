import { describe, expect, it } from 'vitest'

import { createDeferred } from '../../runtime/deferred.ts'
import { HeartbeatRelay } from './heartbeat-relay.ts'

describe('HeartbeatRelay', () => {
  it('passes an answer and a failure on', async () => {
    const relay = new HeartbeatRelay()
    await relay.beat(async () => undefined)
    await expect(relay.beat(() => Promise.reject(new Error('rebalance')))).rejects.toThrow('rebalance')
    await relay.beat(async () => undefined)
  })

  it('does not wait for a coordinator that hangs, sends it no more, and passes on later what it said in the end', async () => {
    const relay = new HeartbeatRelay()
    const hanging = createDeferred<void>()
    let sent = 0
    const send = (): Promise<void> => {
      sent += 1
      return hanging.promise
    }
    await relay.beat(send)
    await relay.beat(send)
    expect(sent).toBe(1)
    hanging.reject(new Error('rebalance'))
    await new Promise(setImmediate)
    await expect(relay.beat(send)).rejects.toThrow('rebalance')
    expect(sent).toBe(1)
    await relay.beat(async () => undefined)
  })

  it('does not wait for a coordinator of before a join, and hears nothing of it any more', async () => {
    const relay = new HeartbeatRelay()
    const hanging = createDeferred<void>()
    await relay.beat(() => hanging.promise)
    relay.forget()
    let sent = 0
    const send = async (): Promise<void> => void (sent += 1)
    await relay.beat(send)
    hanging.reject(new Error('gone'))
    await new Promise(setImmediate)
    await relay.beat(send)
    expect(sent).toBe(2)
  })

  it('forgets what was said of an earlier generation', async () => {
    const relay = new HeartbeatRelay()
    const hanging = createDeferred<void>()
    await relay.beat(() => hanging.promise)
    hanging.reject(new Error('rebalance'))
    await new Promise(setImmediate)
    relay.forget()
    await expect(relay.beat(async () => undefined)).resolves.toBeUndefined()
  })
})

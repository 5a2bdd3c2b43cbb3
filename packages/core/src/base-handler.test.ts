import { describe, expect, it } from 'vitest'
import { BaseDrakkarHandler } from './base-handler.ts'
import { checkHandler } from './runtime/load-handler.ts'

class Unfinished extends BaseDrakkarHandler {}

describe('BaseDrakkarHandler', () => {
  it('says who has to implement arrange (HND-1)', () => {
    const handler = checkHandler(Unfinished)
    const nothing = { pendingTasks: [], pendingTaskIds: new Set<string>() }
    expect(() => handler.arrange([], nothing, {} as never)).toThrow('Unfinished.arrange must be implemented')
  })

  it('has no hook by itself, so that a subclass pays for none', () => {
    const handler = new Unfinished()
    expect([handler.onTaskComplete, handler.onMessageComplete, handler.onWindowComplete, handler.onError]).toEqual(Array(4).fill(undefined))
  })
})

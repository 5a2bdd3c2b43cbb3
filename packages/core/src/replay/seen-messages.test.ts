import { expect, it } from 'vitest'
import { SeenMessages } from './seen-messages.ts'

it('remembers the latest messages, and forgets the oldest', () => {
  const seen = new SeenMessages(2)
  for (const identity of ['a', 'b', 'c']) seen.add(identity)
  expect(['a', 'b', 'c'].map((identity) => seen.has(identity))).toEqual([false, true, true])
})

import { expect, it } from 'vitest'
import { nextDrainStep, type DrainState } from './drain-step.ts'

const idle: DrainState = { writable: 0, batchSize: 3, barriers: 0, isDue: false, isClosing: false }

it.each<[string, Partial<DrainState>, object]>([
  ['waits when there is nothing', {}, { kind: 'wait' }],
  ['waits while a batch fills', { writable: 2 }, { kind: 'wait' }],
  ['writes a full batch', { writable: 3 }, { kind: 'write', count: 3 }],
  ['writes no more than a batch', { writable: 9 }, { kind: 'write', count: 3 }],
  ['writes a partial batch when its time has come', { writable: 1, isDue: true }, { kind: 'write', count: 1 }],
  ['writes what stands before a barrier', { writable: 2, barriers: 1 }, { kind: 'write', count: 2 }],
  ['settles a barrier with nothing before it', { barriers: 2 }, { kind: 'settle_barriers' }],
  ['writes the rest when closing', { writable: 1, isClosing: true }, { kind: 'write', count: 1 }],
  ['settles barriers when closing', { barriers: 1, isClosing: true }, { kind: 'settle_barriers' }],
  ['stops when closing and empty', { isClosing: true }, { kind: 'stop' }],
  ['does not write nothing when due', { isDue: true }, { kind: 'wait' }],
])('%s', (_name, state, step) => {
  expect(nextDrainStep({ ...idle, ...state })).toEqual(step)
})

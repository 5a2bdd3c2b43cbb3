import { expect, it } from 'vitest'
import { cancelRequest } from './cancel-statement.ts'

it('is the request of the protocol', () => {
  expect(cancelRequest(0x01020304, -2)?.toString('hex')).toBe('0000001004d2162e01020304fffffffe')
})

it.each([
  [null, null],
  [1, Buffer.alloc(32)],
])('is none for the key %s %s', (processId, secretKey) => {
  expect(cancelRequest(processId, secretKey)).toBeNull()
})

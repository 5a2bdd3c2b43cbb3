import { expect, it } from 'vitest'
import * as surface from '../src/index.ts'

it('exports these names', () => {
  expect(Object.keys(surface).sort()).toEqual(['createSink'])
})

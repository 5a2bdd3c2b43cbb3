import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { memberText } from './member-text.ts'

describe('memberText', () => {
  it.each([
    ['{"sink":"","data":{"id":12345678901234567890}}', '{"id":12345678901234567890}'],
    ['{ "data" : [ 1 , 2 ] , "x" : 1 }', '[ 1 , 2 ]'],
    ['{"data":"a,}]\\"b"}', '"a,}]\\"b"'],
    ['{"x":{"data":1},"data":2,"y":[{"data":3}]}', '2'],
    ['{"data":1,"data":2}', '2'],
    ['{"\\u0064ata":1.50}', '1.50'],
    ['\n{"data":null}\n', 'null'],
    ['{"data":1e400 }', '1e400'],
    ['{"x":1}', null],
    ['{}', null],
    [' { } ', null],
  ])('%s → %s', (json, text) => {
    expect(memberText(json, 'data')).toBe(text)
  })

  it('agrees with JSON.parse, however the text is laid out', () => {
    const object = fc.dictionary(fc.oneof(fc.constant('data'), fc.string()), fc.jsonValue())
    fc.assert(
      fc.property(object, fc.constantFrom(0, 1, 3), (value, space) => {
        const found = memberText(JSON.stringify(value, null, space), 'data')
        expect(found === null ? undefined : JSON.parse(found)).toEqual(
          Object.hasOwn(value, 'data') ? JSON.parse(JSON.stringify(value['data'])) : undefined,
        )
      }),
    )
  })
})

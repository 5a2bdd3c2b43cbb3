import { expect, it } from 'vitest'

import * as surface from '@drakkar/kafka-codecs'

it('exports these names and no others', () => {
  expect(Object.keys(surface).toSorted((a, b) => (a < b ? -1 : 1))).toEqual([
    'CodecError',
    'lz4Codec',
    'openWholeFrameSocket',
    'registerCodecs',
    'snappyCodec',
    'zstdCodec',
  ])
})

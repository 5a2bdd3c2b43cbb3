import { it } from 'vitest'
import { sinkConformance } from '@drakkar/plugin-sdk/conformance'
import { stockSink } from './stock-sink.ts'

sinkConformance(it, {
  createTarget: () => ({ booked: new Array<object>() }),
  definition: (store) =>
    stockSink(async (change) => {
      if (change.sku === 'none') return 'no_article'
      return store.booked.push(change)
    }),
  config: {},
  samples: [
    { sku: 'nut', change: 1, asks: false },
    { sku: 'bolt', change: 2, asks: false },
  ],
  refusedSample: { sku: 'none', change: 1, asks: false },
  probe: (store) => store.booked,
})

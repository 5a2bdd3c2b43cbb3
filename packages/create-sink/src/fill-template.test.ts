import { expect, it } from 'vitest'
import { fillTemplate } from './fill-template.ts'

it('renames the type in every spelling, and the package', () => {
  const text = "'my_type' MyTypeSink myTypeSink myTypeError my-package"
  expect(fillTemplate(text, { packageName: '@acme/drakkar-sink-parcels', type: 'parcel_store_2' })).toBe(
    "'parcel_store_2' ParcelStore2Sink parcelStore2Sink parcelStore2Error @acme/drakkar-sink-parcels",
  )
})

it('does not take a given name for a placeholder', () => {
  expect(fillTemplate('my-package my_type', { packageName: 'my_type', type: 'my_package' })).toBe('my_type my_package')
})

import { expect, it } from 'vitest'
import { createDocumentClient } from './client.ts'

const optionsOf = (uri: string) => createDocumentClient({ uri, database: 'test', appName: 'drakkar test' }).handle.client.options

it('ends waits that the driver would not', () => {
  expect(optionsOf('mongodb://host')).toMatchObject({ connectTimeoutMS: 5000, serverSelectionTimeoutMS: 5000, socketTimeoutMS: 30_000 })
})

it('leaves what the URI says', () => {
  const options = optionsOf('mongodb://host/?socketTimeoutMS=7&SERVERSELECTIONTIMEOUTMS=8&appName=mine')
  expect(options).toMatchObject({ connectTimeoutMS: 5000, serverSelectionTimeoutMS: 8, socketTimeoutMS: 7, appName: 'mine' })
})

it('refuses writes without an acknowledgement', () => {
  expect(() => optionsOf('mongodb://host/?w=0')).toThrow(/w=0/)
})

it('opens nothing', () => {
  expect(createDocumentClient({ uri: 'mongodb://host', database: 'shop', appName: 'a' }).handle.db.databaseName).toBe('shop')
})

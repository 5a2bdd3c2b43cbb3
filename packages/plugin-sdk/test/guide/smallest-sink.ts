import { appendFile } from 'node:fs/promises'
import { defineSink } from '@drakkar/plugin-sdk'
import { Type } from 'typebox'

export default defineSink({
  type: 'shout',
  payload: Type.Object({ text: Type.String() }),
  process: ({ text }) => appendFile('shouts.txt', `${text.toUpperCase()}\n`),
})

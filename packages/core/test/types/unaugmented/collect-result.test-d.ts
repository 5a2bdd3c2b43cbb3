/** `CollectResult` before `drakkar types` has run: instances may have any name. With no sink package only `custom` is known. */
import type {} from '@drakkar/plugin-sdk'
import { defineHandler, type CollectResult } from '../../../src/index.ts'

declare module '@drakkar/plugin-sdk' {
  interface SinkPayloadMap {
    orders: { id: string }
  }
}

const arrange = () => []

defineHandler({ arrange, onTaskComplete: () => ({ orders: [{ id: 'a' }, { id: 'b', sink: 'any name' }, { id: 'c', sink: '' }] }) })
// @ts-expect-error a name is a text
defineHandler({ arrange, onTaskComplete: () => ({ orders: [{ id: 'a', sink: 1 }] }) })
// @ts-expect-error the payload lacks its field
defineHandler({ arrange, onTaskComplete: () => ({ orders: [{ sink: 'main' }] }) })
// @ts-expect-error no package owns this list
export const unknownList: CollectResult = { oders: [{ id: 'a' }] }

/** `CollectResult` with sink packages and with what `drakkar types` writes. A program of its own: augmentations are global. */
import type {} from '@drakkar/plugin-sdk'
import { defineHandler, type CollectResult } from '../../../src/index.ts'

declare module '@drakkar/plugin-sdk' {
  interface SinkPayloadMap {
    orders: { id: string }
    alerts: { text: string }
    unused: { n: number }
  }
  interface ConfiguredSinks {
    orders: 'main'
    alerts: 'mail' | 'pager'
  }
}

const arrange = () => []

// The only instance of a type need not be named; one of several must be.
defineHandler({
  arrange,
  onTaskComplete: () => ({ orders: [{ id: 'a' }, { id: 'b', sink: 'main' }, { id: 'c', sink: '', payloadId: 'p' }] }),
})
defineHandler({ arrange, onMessageComplete: async () => ({ alerts: [{ text: 'x', sink: 'pager' }] }) })
// @ts-expect-error there are two `alerts` sinks
defineHandler({ arrange, onTaskComplete: () => ({ alerts: [{ text: 'x' }] }) })
// @ts-expect-error an empty name is as ambiguous as none
defineHandler({ arrange, onTaskComplete: () => ({ alerts: [{ text: 'x', sink: '' }] }) })
// @ts-expect-error no `orders` sink has this name
defineHandler({ arrange, onTaskComplete: () => ({ orders: [{ id: 'a', sink: 'mian' }] }) })
// @ts-expect-error the configuration has no sink of this type
defineHandler({ arrange, onTaskComplete: () => ({ unused: [{ n: 1 }] }) })
// @ts-expect-error the payload is wrong
defineHandler({ arrange, onTaskComplete: () => ({ orders: [{ id: 1 }] }) })
// @ts-expect-error a list, not a payload
defineHandler({ arrange, onMessageComplete: () => ({ orders: { id: 'a' } }) })
// @ts-expect-error no package owns this list
export const unknownList: CollectResult = { oders: [{ id: 'a' }] }
export const custom: CollectResult = { custom: [{ sink: 'anything', data: { any: 'thing' } }, { data: 1 }] }
// @ts-expect-error a custom payload has `data`
export const noData: CollectResult = { custom: [{ sink: 'anything' }] }

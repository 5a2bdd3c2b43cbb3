/** Payload data to text, pure. Neither form runs code of the value, and neither throws. */
import { jsonText } from '@drakkar/plugin-sdk'
import { inspect } from 'node:util'

/** One readable block, several lines when the value is large. Cycles are marked, longest parts are cut. */
export function prettyText(data: unknown): string {
  return `${show(data, { compact: 3, breakLength: 100 })}\n`
}

/** One line: JSON where the value has JSON text, else Node's notation of it (spec BSP-13). */
export function compactText(data: unknown): string {
  return `${singleLine(jsonOr(data))}\n`
}

function jsonOr(data: unknown): string {
  try {
    return jsonText(data)
  } catch {
    return show(data, { compact: true, breakLength: Infinity })
  }
}

function show(data: unknown, layout: { readonly compact: number | boolean; readonly breakLength: number }): string {
  try {
    return inspect(data, { ...layout, depth: 1000, maxArrayLength: 1000, maxStringLength: 100_000, customInspect: false })
  } catch {
    return '[a value that cannot be shown]'
  }
}

function singleLine(text: string): string {
  return text.replace(/\r\n|[\r\n]/g, String.raw`\n`)
}

/** Colours for terminals; plain text everywhere else and with NO_COLOR. */
import type { OutputStream } from './output-stream.ts'

const codes = { bold: [1, 22], red: [31, 39], yellow: [33, 39] } as const

export function paint(style: keyof typeof codes, text: string, stream: OutputStream): string {
  const [on, off] = codes[style]
  return stream.hasColors ? `\u001B[${on}m${text}\u001B[${off}m` : text
}

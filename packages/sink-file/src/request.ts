/** Payload data to bytes of a file, and the lines of a batch by file. Pure. */
import { jsonText } from '@drakkar/plugin-sdk'
import type { Target } from './resolve-target.ts'

const newline = Buffer.from('\n')

/** Text, or bytes that may be none. */
export type Line = string | Buffer

/** JSON text and a line end. Throws a permanent `SinkError` when the value has no JSON text. */
export function jsonLine(data: unknown): string {
  return `${jsonText(data)}\n`
}

/** Strings and bytes as they are, anything else as JSON, and a line end (spec BSP-15). */
export function plainLine(data: unknown): Line {
  if (typeof data === 'string') return `${data}\n`
  if (data instanceof Uint8Array) return Buffer.concat([data, newline])
  return jsonLine(data)
}

/** One payload that passed every check. */
export interface PlacedLine {
  readonly id: string
  readonly target: Target
  readonly line: Line
}

/** What is appended to one file: the lines of its payloads in the order of the batch. */
export interface FileAppend {
  readonly target: Target
  readonly ids: readonly string[]
  readonly bytes: Buffer
}

/** One append per file (spec FSS-7), files in the order of their first payload. */
export function groupByFile(lines: readonly PlacedLine[]): FileAppend[] {
  const groups = new Map<string, [PlacedLine, ...PlacedLine[]]>()
  for (const placed of lines) {
    const group = groups.get(placed.target.path)
    if (group === undefined) groups.set(placed.target.path, [placed])
    else group.push(placed)
  }
  return [...groups.values()].map((group) => ({
    target: group[0].target,
    ids: group.map((placed) => placed.id),
    bytes: joined(group.map((placed) => placed.line)),
  }))
}

/** All text is turned into bytes at once where nothing else lies between. */
function joined(lines: readonly Line[]): Buffer {
  if (lines.every((line) => typeof line === 'string')) return Buffer.from(lines.join(''), 'utf8')
  return Buffer.concat(lines.map(lineBytes))
}

export function lineBytes(line: Line): Buffer {
  return typeof line === 'string' ? Buffer.from(line, 'utf8') : line
}

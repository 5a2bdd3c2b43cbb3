/** `12,345 records, 1.2 MB, 4,567/s`. Pure. */

export interface Progress {
  readonly records: number
  readonly bytes: number
  readonly elapsedMs: number
}

export function progressText({ records, bytes, elapsedMs }: Progress): string {
  const perSecond = elapsedMs > 0 ? Math.round((records * 1000) / elapsedMs) : 0
  return `${countText(records)}, ${bytesText(bytes)}, ${grouped(perSecond)}/s`
}

/** `1 record`, `2,000 records`. */
export function countText(records: number): string {
  return `${grouped(records)} ${records === 1 ? 'record' : 'records'}`
}

/** Decimal units, one digit after the point. */
export function bytesText(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'] as const
  const index = Math.min(units.length - 1, bytes < 1000 ? 0 : Math.floor(Math.log10(bytes) / 3))
  return index === 0 ? `${bytes} bytes` : `${(bytes / 1000 ** index).toFixed(1)} ${units[index]}`
}

function grouped(value: number): string {
  return value.toLocaleString('en-US')
}

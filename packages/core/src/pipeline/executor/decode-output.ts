/** Pure: output bytes → text (EXE-6). */

/** V8 refuses longer strings; every byte becomes at most one UTF-16 unit. */
const maxTextBytes = 2 ** 29 - 24

/**
 * Decodes the whole output at once: invalid bytes become U+FFFD, a byte order mark stays. Of output that was cut off,
 * the character cut in half is left out instead of being shown as invalid.
 */
export function decodeOutput(bytes: Uint8Array, isTruncated: boolean): string {
  if (bytes.byteLength === 0) return ''
  const isCut = isTruncated || bytes.byteLength > maxTextBytes
  const decoder = new TextDecoder('utf-8', { fatal: false, ignoreBOM: true })
  return decoder.decode(bytes.subarray(0, maxTextBytes), { stream: isCut })
}

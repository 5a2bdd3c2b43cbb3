/**
 * What errors of one cause have in common: the text without what differs from case to case, so that `drakkar dlq ls` can count
 * them together. Pure.
 */

const longest = 300
/** Characters of the error that are looked at: on hostile texts, some of the patterns take time with the square of the length. */
const longestInput = 500

/** In this order: what contains other patterns comes first. */
const replacements: readonly (readonly [pattern: RegExp, mark: string])[] = [
  [/\b[a-z][a-z0-9+.-]*:\/\/[^\s"'`<>)\]}]+/gi, '<url>'],
  [/"(?:[^"\\]|\\.)*"/g, '<text>'],
  [/`[^`]*`/g, '<text>'],
  // An apostrophe inside a word ("can't") quotes nothing.
  [/(?<!\w)'(?:[^'\\]|\\.)*'(?!\w)/g, '<text>'],
  [/\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b/gi, '<id>'],
  [/\b\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?/g, '<time>'],
  [/\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b/g, '<host>'],
  [/\[[0-9a-f]*:[0-9a-f:.]*\](?::\d+)?/gi, '<host>'],
  [/(?<![\w:])(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}(?![\w:])/gi, '<host>'],
  [/\b[a-z](?:[\w-]*\w)?(?:\.[\w-]*\w)*:\d{2,5}\b/gi, '<host>'],
  [/\b(?:[a-z0-9](?:[\w-]*\w)?\.)+(?:com|net|org|io|dev|cloud|local|internal|invalid|example|test|svc|lan)\b/gi, '<host>'],
  [/\blocalhost\b/gi, '<host>'],
  [/\b0x[0-9a-f]+\b/gi, '<n>'],
  [/\b(?=[0-9a-f]*\d)[0-9a-f]{8,}\b/gi, '<id>'],
  [/\b(?=[a-z0-9_-]*\d[a-z0-9_-]*\d[a-z0-9_-]*\d)(?=[a-z0-9_-]*[a-z])[a-z0-9_-]{16,}\b/gi, '<id>'],
  // A status or an exit code is the cause itself.
  [/(?<![\d.,])(?<!\b(?:answered|status|code|HTTP) )\d+(?:[.,]\d+)*/gi, '<n>'],
  [/\s+/g, ' '],
]

/**
 * URLs, quoted values, UUIDs, times, hosts, hexadecimal and other long ids and numbers become marks such as `<host>`. The same
 * for every text that differs only in these; applied to its own result it changes nothing.
 */
export function errorFingerprint(error: string): string {
  const text = replacements.reduce((current, [pattern, mark]) => current.replace(pattern, mark), error.slice(0, longestInput)).trim()
  return text.length > longest ? `${text.slice(0, longest)}…` : text
}

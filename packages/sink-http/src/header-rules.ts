/** Which headers a configuration and a payload may set. Pure. */

const namePattern = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
/** Visible characters, spaces and tabs; no line breaks, which would begin another header. */
const valuePattern = /^[\t\x20-\x7e\x80-\xff]*$/

/** About the connection or the length of the body, which are the client's business. */
const reserved: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'expect',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** What is wrong with the first bad header, naming it but not its value; null when none is bad. */
export function configuredHeaderProblem(headers: Readonly<Record<string, string>>): string | null {
  for (const [name, value] of Object.entries(headers)) {
    if (!namePattern.test(name)) return `holds ${JSON.stringify(name)}, which is no name of a header`
    if (reserved.has(name.toLowerCase())) return `must not hold ${name}, which is the client's`
    if (!valuePattern.test(value)) return `holds ${name} with a character that a header cannot have`
  }
  return null
}

/** As `configuredHeaderProblem`. A payload may not choose the `host` either: it would reach another site of the receiver. */
export function payloadHeaderProblem(headers: Readonly<Record<string, string>>): string | null {
  const host = Object.keys(headers).find((name) => name.toLowerCase() === 'host')
  return host === undefined ? configuredHeaderProblem(headers) : `must not hold ${host}`
}

/**
 * Credentials in URLs inside text. A password may contain `@`, `/` and `:`, and one URL may name several hosts, so the
 * credentials end at the last `@` of the URL. An `@` that can only belong to the path (`https://host/@scope/name`) is kept.
 */
const separator = '://'

/** Characters that no URL contains: where a URL in text ends at the latest. */
const urlEnd = /[\s"<>`]/g

/** Replaces what stands between `://` and the last `@` of each URL by `***:***`. */
export function redactUrls(text: string): string {
  let result = ''
  let position = 0
  for (let found = text.indexOf(separator); found !== -1; found = text.indexOf(separator, position)) {
    const start = found + separator.length
    const end = endOfUrl(text, start)
    result += text.slice(position, start) + withoutCredentials(text.slice(start, end))
    position = end
  }
  return result + text.slice(position)
}

function endOfUrl(text: string, start: number): number {
  urlEnd.lastIndex = start
  return urlEnd.exec(text)?.index ?? text.length
}

/** `rest`: a URL without its scheme. */
function withoutCredentials(rest: string): string {
  const at = rest.lastIndexOf('@')
  if (at === -1 || !mayHoldCredentials(rest.slice(0, at))) return rest
  return `***:***${rest.slice(at)}`
}

/**
 * `before`: everything up to the last `@`. Without a further `@` or a `:` before the first `/`, `?` or `#`, what stands there
 * is a host, and the `@` belongs to the path or the query. `host:8080/a@b` could be a user and a password: it counts as such.
 */
function mayHoldCredentials(before: string): boolean {
  const authority = /^[^/?#]*/.exec(before)?.[0] ?? ''
  return authority.length === before.length || /[@:]/.test(authority) || before.includes(separator)
}

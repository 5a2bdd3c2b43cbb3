/**
 * The text of one member of a JSON object, as it stands there: parsing and writing again would change large numbers and white
 * space. Pure.
 */

/** `json` must be the valid text of an object. Null when it has no such member; of a repeated name the last counts. */
export function memberText(json: string, name: string): string | null {
  let found: string | null = null
  let position = skipSpace(json, json.indexOf('{') + 1)
  while (json[position] === '"') {
    const nameEnd = endOfString(json, position)
    const valueStart = skipSpace(json, skipSpace(json, nameEnd) + 1)
    const valueEnd = endOfValue(json, valueStart)
    if (JSON.parse(json.slice(position, nameEnd)) === name) found = json.slice(valueStart, valueEnd).trimEnd()
    position = json[valueEnd] === ',' ? skipSpace(json, valueEnd + 1) : json.length
  }
  return found
}

function skipSpace(json: string, from: number): number {
  let position = from
  while (json[position] !== undefined && ' \t\n\r'.includes(json[position] ?? '')) position += 1
  return position
}

/** Behind the closing quote. */
function endOfString(json: string, start: number): number {
  let position = start + 1
  while (position < json.length && json[position] !== '"') position += json[position] === '\\' ? 2 : 1
  return position + 1
}

/** At the comma or brace that ends the member. */
function endOfValue(json: string, start: number): number {
  let depth = 0
  let position = start
  while (position < json.length) {
    const character = json[position] ?? ''
    if (character === '"') {
      position = endOfString(json, position)
      continue
    }
    if (depth === 0 && (character === ',' || character === '}')) return position
    if (character === '{' || character === '[') depth += 1
    if (character === '}' || character === ']') depth -= 1
    position += 1
  }
  return position
}

/** Text of dead letters for a terminal: what would steer the terminal is made visible instead. Pure. */

/** Tabs and line feeds stay when `lines` is true. */
export function visibleText(text: string, { lines = false }: { readonly lines?: boolean } = {}): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what this is about
  return text.replace(/[\u0000-\u001F\u007F-\u009F]/g, (character) => {
    if (lines && (character === '\n' || character === '\t')) return character
    return `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`
  })
}

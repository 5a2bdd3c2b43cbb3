/**
 * YAML text to a configuration tree with positions. Anchors, aliases and merge keys (`<<`) work as py-drakkar's loader has
 * them; custom tags, duplicate keys, tabs and aliases that blow up are problems with their place.
 */
import type { ConfigProblem } from '@drakkar/plugin-sdk'
import { LineCounter, parseDocument, type YAMLError } from 'yaml'
import { emptyMapping, type ConfigOrigin, type MappingNode } from './config-node.ts'
import { problemAt } from './problems.ts'
import { nodeFromYaml } from './yaml-node.ts'

export interface ParsedYaml {
  readonly root: MappingNode
  readonly problems: readonly ConfigProblem[]
  /** False: the text is no YAML, so that what follows from it would only be noise. */
  readonly usable: boolean
}

/** A line that begins a thousand levels deep, by spaces or by `- ` and `? `. */
const deepestIndent = /^[ \t?:-]{2000}/m

/** Reported by the conversion, which knows the path. */
const leftToConversion: ReadonlySet<string> = new Set(['TAG_RESOLVE_FAILED'])

export function parseYaml(text: string, file: string): ParsedYaml {
  const lines = new LineCounter()
  const start: ConfigOrigin = { kind: 'file', file, line: 1, column: 1 }
  const originAt = (offset: number): ConfigOrigin => {
    const { line, col } = lines.linePos(offset)
    return { kind: 'file', file, line: Math.max(line, 1), column: Math.max(col, 1) }
  }
  const tooDeep = deepestIndent.exec(text)
  if (tooDeep !== null) {
    // The parser makes a regular expression of the depth; V8 ends the process when that gets too large.
    const line = text.slice(0, tooDeep.index).split('\n').length
    const problem = problemAt('', syntaxMessages['RESOURCE_EXHAUSTION'] ?? '', { kind: 'file', file, line, column: 1 })
    return { root: emptyMapping(start), problems: [problem], usable: false }
  }
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false, strict: true })
  const reports = [...document.errors, ...document.warnings].filter(({ code }) => !leftToConversion.has(code))
  if (reports.length > 0) {
    const problems = reports.map((report) => problemAt('', syntaxMessage(report), originAt(report.pos[0])))
    return { root: emptyMapping(start), problems: withoutRepeats(problems), usable: false }
  }
  return nodeFromYaml(document, originAt)
}

/** Our own words: the parser's messages may quote the text of the file, which may hold a secret. */
function syntaxMessage({ code }: YAMLError): string {
  return syntaxMessages[code] ?? 'this is not valid YAML'
}

const syntaxMessages: Readonly<Record<string, string>> = {
  BAD_DQ_ESCAPE: 'invalid escape in a double-quoted string',
  BAD_INDENT: 'wrong indentation, or a bracket that is not closed',
  BAD_SCALAR_START: 'a plain value cannot begin with this character; put it in quotes',
  BLOCK_AS_IMPLICIT_KEY: 'a key and its value must be on lines of their own; is a value with ": " missing its quotes?',
  KEY_OVER_1024_CHARS: 'a key is longer than 1024 characters',
  MISSING_CHAR: 'a quote, bracket, comma or colon is missing here',
  MULTILINE_IMPLICIT_KEY: 'a key must be on one line; is a ":" missing?',
  MULTIPLE_DOCS: 'the file holds several YAML documents; only one is allowed',
  RESOURCE_EXHAUSTION: 'the YAML cannot be parsed: it is nested too deeply',
  TAB_AS_INDENT: 'tabs are not allowed as indentation; use spaces',
  UNEXPECTED_TOKEN: 'this is not valid YAML',
}

function withoutRepeats(problems: readonly ConfigProblem[]): readonly ConfigProblem[] {
  const seen = new Set<string>()
  return problems.filter((problem) => {
    const key = JSON.stringify(problem)
    return !seen.has(key) && seen.add(key)
  })
}

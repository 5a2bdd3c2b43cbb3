/** Configuration files that must be refused at a place: what typing, editors, transports and attackers make of a good one. Pure. */
import type { SeededRandom } from '../random.ts'

export interface ConfigMistake {
  readonly name: string
  readonly text: string
}

type Change = readonly [name: string, change: (text: string) => string]

/** `text` is a good configuration with a section `kafka` and one `executor`. */
const changes: readonly Change[] = [
  ['a tab as indentation', (text) => text.replace('\n  ', '\n\t')],
  ['an unknown key', (text) => text.replace('source_topic:', 'source_topik:')],
  ['an unknown section', (text) => `${text}\nexecutors: {}\n`],
  ['a key twice', (text) => text.replace('executor:', 'executor: {}\nexecutor:')],
  ['an open quote', (text) => text.replace('brokers: ', 'brokers: "')],
  ['an open bracket', (text) => `${text}\ndlq: {topic: [`],
  ['text for a number', (text) => text.replace('max_executors: 2', 'max_executors: many')],
  ['a number out of range', (text) => text.replace('max_executors: 2', 'max_executors: -1')],
  ['a number that is none', (text) => text.replace('max_executors: 2', 'max_executors: .nan')],
  ['a list for a section', (text) => text.replace(/executor:\n(?: {2}.*\n)+/, 'executor: [1, 2]\n')],
  ['an alias to itself', (text) => text.replace(/executor:\n(?: {2}.*\n)+/, 'executor: &a\n  env: *a\n')],
  ['a NUL byte', (text) => text.replace('executor:', 'exec\0utor:')],
  ['a prototype', (text) => `${text}\n__proto__: {polluted: true}\n`],
  ['a variable that is not set', (text) => text.replace('brokers: ', 'brokers: ${FAULT_NO_SUCH_VARIABLE} ')],
  ['lists without end', (text) => `${text}\nlogging: ${'['.repeat(20_000)}`],
  ['a sink type that is none', (text) => `${text}\nsinks:\n  cafka:\n    results: {}\n`],
]

export function configMistakes(good: string, count: number, random: SeededRandom): readonly ConfigMistake[] {
  return Array.from({ length: count }, (_, index) => {
    const [name, change] = count >= changes.length ? (changes[index % changes.length] ?? random.pick(changes)) : random.pick(changes)
    return { name, text: change(`${'# a comment\n'.repeat(random.integer(0, 5))}${good}`) }
  })
}

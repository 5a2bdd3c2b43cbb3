/** Parsers of option values; commander turns what they throw into an error that names the option. */
import { InvalidArgumentError } from 'commander'

export function positiveInteger(text: string): number {
  const value = nonNegativeInteger(text)
  if (value === 0) throw new InvalidArgumentError('It must be 1 or more.')
  return value
}

export function nonNegativeInteger(text: string): number {
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(Number(text))) throw new InvalidArgumentError('It must be a whole number.')
  return Number(text)
}

/** For an option that may be given several times. */
export function partitionList(text: string, before: readonly number[] | undefined): readonly number[] {
  return [...(before ?? []), nonNegativeInteger(text)]
}

export type StartPosition = 'beginning' | 'end' | number

export function startPosition(text: string): StartPosition {
  if (text === 'beginning' || text === 'end') return text
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('It must be "beginning", "end" or an offset.')
  return nonNegativeInteger(text)
}

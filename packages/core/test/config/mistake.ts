/** One seeded mistake and every problem line it must give, without the leading `drakkar.yaml:`. */
export interface Mistake {
  readonly title: string
  readonly yaml: string
  readonly expected: readonly string[]
}

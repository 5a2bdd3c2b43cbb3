/** Settings that must never be shown: their value is replaced in every message, page and record. */
import { secret } from '@drakkar/plugin-sdk'

/** Marks a schema that is no plain string as secret, the way `secret()` marks strings. */
export const secretMark = { 'x-drakkar-secret': true } as const

export function secretText(description: string, byDefault: string, options: { readonly 'x-trim'?: boolean } = {}) {
  return secret({ ...options, description, default: byDefault })
}

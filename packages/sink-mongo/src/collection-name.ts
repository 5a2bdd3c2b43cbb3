/** Which names of collections are sent to the server (spec MGS-2). Pure. */

/** Why the name is refused, or null. */
export function collectionNameProblem(name: string): string | null {
  if (name === '') return 'is empty'
  if (name.includes('\0')) return 'contains a NUL'
  if (name.includes('$')) return 'contains $'
  if (name.startsWith('system.')) return 'begins with system.'
  // The driver would throw for the whole request.
  if (name.startsWith('.') || name.endsWith('.') || name.includes('..')) return 'has an empty part between dots'
  return null
}

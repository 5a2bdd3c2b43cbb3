/** The test itself cannot go on: a run that cannot finish, a fault that never happened, options that make no sense. */
export class HandlerTestError extends Error {
  override readonly name = 'HandlerTestError'
}

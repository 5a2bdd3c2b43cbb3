/** The lab holds the other end of standard input: when it is gone, so are its workers. */
export function endWithParent() {
  process.stdin.once('close', () => process.exit(1))
  process.stdin.resume()
  process.stdin.unref()
}

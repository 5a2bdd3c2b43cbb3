// Sums every vitest report of the workspace into one line: `N passed, N failed[, N skipped]`.
// Exit code 1 when a test failed or when none ran, so that an empty run never looks green.
import { pathToFileURL } from 'node:url'
import { findReports, readCounts } from './test-reports.mjs'

export function closingLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const total = readCounts(findReports())
  console.log(closingLine(total))
  process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0
}

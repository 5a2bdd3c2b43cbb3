// Finds and reads the JSON reports that vitest leaves in `.reports` of each package.
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { root, workspaceFolders } from './workspace.mjs'

/** Paths of all reports of one suite (`unit` or `integration`, the beginning of their names), or of both. */
export function findReports(suite = '') {
  const found = []
  for (const folder of [root, join(root, 'scripts'), ...workspaceFolders().map((workspace) => workspace.folder)]) {
    const reports = join(folder, '.reports')
    if (!existsSync(reports)) continue
    for (const name of readdirSync(reports)) {
      if (name.endsWith('.json') && name.startsWith(suite)) found.push(join(reports, name))
    }
  }
  return found
}

/** Removes the reports of one suite, so that a suite which does not run cannot be counted by an older report. */
export function clearReports(suite) {
  for (const report of findReports(suite)) rmSync(report)
}

export function readCounts(reports) {
  const total = { passed: 0, failed: 0, skipped: 0 }
  for (const report of reports) {
    const counts = countReport(JSON.parse(readFileSync(report, 'utf8')))
    total.passed += counts.passed
    total.failed += counts.failed
    total.skipped += counts.skipped
  }
  return total
}

/** A test file that could not be loaded holds no tests; it counts as one failure. */
export function countReport(report) {
  const brokenFiles = report.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  )
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + brokenFiles.length,
    skipped: report.numPendingTests + (report.numTodoTests ?? 0),
  }
}

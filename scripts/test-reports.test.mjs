import { describe, expect, it } from 'vitest'
import { closingLine } from './closing-line.mjs'
import { countReport } from './test-reports.mjs'

const report = (overrides) => ({ numPassedTests: 0, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0, testResults: [], ...overrides })

describe('counting a vitest report', () => {
  it('takes the numbers of tests', () => {
    expect(countReport(report({ numPassedTests: 5, numFailedTests: 1, numPendingTests: 2 }))).toEqual({ passed: 5, failed: 1, skipped: 2 })
  })
  it('counts a file that could not be loaded as a failure', () => {
    const broken = { status: 'failed', assertionResults: [] }
    expect(countReport(report({ numPassedTests: 5, testResults: [broken] })).failed).toBe(1)
  })
  it('does not count a failed test twice through its file', () => {
    const file = { status: 'failed', assertionResults: [{ status: 'failed' }] }
    expect(countReport(report({ numFailedTests: 1, testResults: [file] })).failed).toBe(1)
  })
})

describe('the closing line', () => {
  it('names skipped tests only when there are some', () => {
    expect(closingLine({ passed: 3, failed: 0, skipped: 0 })).toBe('3 passed, 0 failed')
    expect(closingLine({ passed: 3, failed: 1, skipped: 2 })).toBe('3 passed, 1 failed, 2 skipped')
  })
})

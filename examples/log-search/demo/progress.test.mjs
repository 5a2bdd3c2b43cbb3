import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createProgress } from './progress.mjs'

process.env.TERM = 'xterm'

/** @param {number | undefined} columns */
function shownOn(columns) {
  let written = ''
  const write = (/** @type {string} */ text) => (written += text)
  const stream = /** @type {any} */ ({ isTTY: true, columns, write })
  createProgress(stream).show('writing requests', 500, 3000)
  return written.replace('\r\u001b[2K', '')
}

await test('a line is cut to the terminal, one column short of its edge', () => {
  assert.equal(shownOn(80), '[####....................] 500/3000 writing requests')
  assert.equal(shownOn(40), '[####....................] 500/3000 writing requests'.slice(0, 39))
})

await test('a terminal that does not tell its size shows the figures too', () => {
  for (const columns of [0, undefined]) assert.match(shownOn(columns), /500\/3000 writing requests$/)
})

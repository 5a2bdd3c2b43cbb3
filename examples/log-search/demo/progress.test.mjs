import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createProgress } from './progress.mjs'

process.env.TERM = 'xterm'

/** @param {number | undefined} columns @param {string} [what] */
function shownOn(columns, what = 'writing requests') {
  let written = ''
  const write = (/** @type {string} */ text) => (written += text)
  const stream = /** @type {any} */ ({ isTTY: true, columns, write })
  createProgress(stream).show(what, 500, 3000)
  return written.replace('\r\u001b[2K', '')
}

await test('a line is cut to the terminal, one column short of its edge', () => {
  assert.equal(shownOn(80), '[##..........] 500/3000 writing requests')
  assert.equal(shownOn(40), '[##..........] 500/3000 writing requests'.slice(0, 39))
})

await test('a figure is shown whole or not at all', () => {
  const all = '[##..........] 500/3000 settled  4 running  17 retried'
  assert.equal(shownOn(all.length + 1, 'settled  4 running  17 retried'), all)
  assert.equal(shownOn(all.length, 'settled  4 running  17 retried'), '[##..........] 500/3000 settled  4 running')
})

await test('a terminal that does not tell its size shows the figures too', () => {
  for (const columns of [0, undefined]) assert.match(shownOn(columns), /500\/3000 writing requests$/)
})

// Runs one child process for the root scripts: shows what runs, and a sign of life when its output is held back.
import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { root } from './workspace.mjs'

const SIGNAL_EXIT_BASE = 128
const HEARTBEAT_MS = 10_000
const KEPT_OUTPUT_CHARACTERS = 200_000

/** `npm` as the one that started us when there is one, so that a second npm on the PATH is never picked up. */
export function npmCommand(args) {
  const script = process.env['npm_execpath']
  if (script && /npm-cli\.c?js$/.test(script)) return [process.execPath, [script, ...args]]
  return ['npm', args]
}

/** Runs with the terminal handed through. Resolves with the exit code (a signal counts as 128 + its number). */
export function runShown(command, args, { env = {}, cwd = root } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'inherit', 'inherit'] })
    child.once('error', reject)
    child.once('exit', (code, signal) => resolve(signal === null ? code : SIGNAL_EXIT_BASE + constants.signals[signal]))
  })
}

/**
 * Runs with the output kept, and a line of progress every ten seconds (a moving one on a terminal).
 * Without a title it shows nothing. Resolves with `{ code, output }`; a command that cannot be started has code 127.
 */
export function runQuietly(title, [command, args], { env = {}, cwd = root } = {}) {
  return new Promise((resolve) => {
    const started = Date.now()
    const stop = title === null ? () => {} : showProgress(title, started)
    let output = ''
    const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
    const keep = (chunk) => {
      output = (output + chunk).slice(-KEPT_OUTPUT_CHARACTERS)
    }
    child.stdout.setEncoding('utf8').on('data', keep)
    child.stderr.setEncoding('utf8').on('data', keep)
    const end = (code) => {
      stop(code === 0)
      resolve({ code, output })
    }
    child.once('error', (error) => {
      keep(String(error.message))
      end(127)
    })
    child.once('close', (code) => end(code ?? 130))
  })
}

function showProgress(title, started) {
  const seconds = () => Math.round((Date.now() - started) / 1000)
  const terminal = process.stdout.isTTY === true && !process.env['CI']
  if (!terminal) console.log(`${title} ...`)
  const timer = setInterval(
    () => {
      if (terminal) process.stdout.write(`\r${title} ... ${seconds()} s `)
      else console.log(`  still at it (${seconds()} s)`)
    },
    terminal ? 500 : HEARTBEAT_MS,
  )
  return (ok) => {
    clearInterval(timer)
    const line = `${title}: ${ok ? 'done' : 'failed'} after ${seconds()} s`
    console.log(terminal ? `\r${line}   ` : line)
  }
}

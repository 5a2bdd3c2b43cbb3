/** `node xargs.js MESSAGES AT_ONCE`: the shell's way, for machines without a C compiler. */
import { spawn } from 'node:child_process'
import { publish, Stopwatch } from './stopwatch.ts'

const [messages = '', atOnce = ''] = process.argv.slice(2)
const stopwatch = new Stopwatch()
stopwatch.start()
const child = spawn('xargs', ['-P', atOnce, '-n', '1', '/bin/true'], { stdio: ['pipe', 'ignore', 'inherit'] })
child.stdin.end('x\n'.repeat(Number(messages)))
const code = await new Promise((resolve, reject) => {
  child.once('error', reject)
  child.once('exit', resolve)
})
if (code !== 0) throw new Error(`xargs ended with code ${String(code)}`)
publish(stopwatch.stop(Number(messages)))

/** Other people's commands as processes: npm, node, and the `drakkar` of an installed package. */
import { spawn } from 'node:child_process'

export interface Ended {
  readonly code: number | null
  readonly output: string
  readonly errors: string
}

export interface RunOptions {
  readonly cwd: string
  readonly input?: string
}

/** Resolves however the program ends; rejects when it cannot be started. */
export function runProgram(command: string, args: readonly string[], { cwd, input = '' }: RunOptions): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env: strangersEnvironment(), stdio: 'pipe' })
    let output = ''
    let errors = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text))
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, output, errors }))
    // A program that ends without reading its input closes the pipe.
    child.stdin.on('error', () => undefined)
    child.stdin.end(input)
  })
}

/** npm, which has to succeed: rejects with everything it said. Resolves with its standard output. */
export async function runNpm(args: readonly string[], options: RunOptions): Promise<string> {
  const { code, output, errors } = await runProgram('npm', args, options)
  if (code === 0) return output
  throw new Error(`npm ${args.join(' ')} ended with ${String(code)}:\n${output}${errors}`)
}

const ours = /^(?:DRAKKAR_|VITEST|npm_(?:package|lifecycle|config_local_prefix|config_global_prefix)|NODE_ENV$|NODE_OPTIONS$|INIT_CWD$)/

/** A shell that knows nothing of the test run: its variables would be settings of the worker, of npm or of vitest. */
function strangersEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !ours.test(name))
  return { ...Object.fromEntries(kept), NO_COLOR: '1', npm_config_update_notifier: 'false' }
}

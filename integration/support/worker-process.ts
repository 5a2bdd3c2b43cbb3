/** A worker as users run it: `drakkar run` in a process of its own. */
import { spawn, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const command = fileURLToPath(new URL('./bin/drakkar.js', import.meta.resolve('@drakkar/cli/package.json')))

export interface WorkerProcess {
  readonly child: ChildProcess
  /** What it wrote to standard error. */
  readonly stderr: () => string
  readonly exited: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>
}

export interface LaunchOptions {
  /** A command that replaces itself by the worker: `['prlimit', '--nofile=64']`. */
  readonly through?: readonly string[]
  readonly nodeArgs?: readonly string[]
  /** A channel to the worker: `child.send`. */
  readonly channel?: boolean
}

export function startWorkerProcess(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  { through = [], nodeArgs = [], channel = false }: LaunchOptions = {},
): WorkerProcess {
  const [program = '', ...rest] = [...through, process.execPath, ...nodeArgs, command, 'run', ...args]
  const child = spawn(program, rest, {
    env: { ...withoutDrakkarVariables(process.env), ...env },
    stdio: ['ignore', 'ignore', 'pipe', ...(channel ? (['ipc'] as const) : [])],
  })
  let stderr = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-20_000)
  })
  const exited = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }))
  })
  return { child, stderr: () => stderr, exited }
}

/** The test run's own variables would be overrides of the worker's configuration. */
function withoutDrakkarVariables(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('DRAKKAR_')))
}

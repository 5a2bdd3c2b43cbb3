/**
 * A server as a child process. It never outlives us: a guardian waits on a pipe to this process and kills the server
 * when the pipe closes, however we ended.
 */
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { once } from 'node:events'
import { promisify } from 'node:util'

const stopWithinMs = 20_000

export interface NativeCommand {
  readonly command: string
  readonly args: readonly string[]
  readonly logFile: string
  readonly cwd: string
  /** Whose process it is. Default: ours. */
  readonly user?: { readonly uid: number; readonly gid: number } | undefined
  /** Whole environment. Default: ours. */
  readonly environment?: NodeJS.ProcessEnv | undefined
}

export interface NativeProcess {
  readonly pid: number
  /** Exit code or signal once it has ended. */
  readonly ended: Promise<string>
  /** Resolves when the process is gone; a polite signal becomes SIGKILL after 20 s. */
  end(signal: EndSignal): Promise<void>
}

export type EndSignal = 'SIGTERM' | 'SIGINT' | 'SIGKILL'

export async function startNative(options: NativeCommand): Promise<NativeProcess> {
  const log = await open(options.logFile, 'a')
  const child = spawn(options.command, options.args, { ...spawnOptions(options), stdio: ['ignore', log.fd, log.fd], detached: true })
  // Listen before any await: a child that fails at once emits while we would still be closing the log file.
  const exited = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => resolve(String(code ?? signal)))
  })
  const spawned = once(child, 'spawn')
  await Promise.all([spawned, log.close()])
  const pid = child.pid
  if (pid === undefined) throw new Error(`${options.command} did not start`)
  const guardian = guard(pid)
  const ended = exited.finally(() => guardian.kill('SIGKILL'))
  return { pid, ended, end: (signal) => endProcess(child, ended, signal) }
}

function spawnOptions({ cwd, user, environment }: NativeCommand) {
  return { cwd, ...user, env: environment ?? process.env }
}

async function endProcess(child: ChildProcess, ended: Promise<string>, signal: EndSignal): Promise<void> {
  child.kill(signal)
  const timer = setTimeout(() => child.kill('SIGKILL'), stopWithinMs)
  await ended
  clearTimeout(timer)
}

function guard(pid: number): ChildProcess {
  const script = 'cat >/dev/null; kill -KILL "$1" 2>/dev/null'
  const guardian = spawn('/bin/sh', ['-c', script, 'drakkar-guardian', String(pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  })
  guardian.unref()
  const pipe = guardian.stdin
  // A pipe of a child is a socket; unreferenced it does not keep this process alive.
  if (pipe !== null && 'unref' in pipe && typeof pipe.unref === 'function') pipe.unref()
  pipe?.on('error', () => undefined)
  return guardian
}

/** True when the command can be run and ends with code 0. */
export async function commandWorks(command: string, args: readonly string[]): Promise<boolean> {
  const child = spawn(command, args, { stdio: 'ignore' })
  return new Promise((resolve) => {
    child.once('error', () => resolve(false))
    child.once('close', (code) => resolve(code === 0))
  })
}

/** What a command prints on standard output. Rejects unless it ends with code 0. */
export async function commandOutput(command: string, args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(command, args)
  return stdout
}

/** Runs a command to its end with its output in a file. Rejects unless it ends with code 0. */
export async function runNative(options: NativeCommand): Promise<void> {
  const child = spawn(options.command, options.args, { ...spawnOptions(options), stdio: ['ignore', 'pipe', 'pipe'] })
  const log = createWriteStream(options.logFile, { flags: 'a' })
  let tail = ''
  const collect = (chunk: Buffer) => {
    log.write(chunk)
    tail = (tail + chunk.toString()).slice(-2000)
  }
  child.stdout.on('data', collect)
  child.stderr.on('data', collect)
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  log.end()
  if (code !== 0) throw new Error(`${options.command} failed with code ${code}:\n${tail}`)
}

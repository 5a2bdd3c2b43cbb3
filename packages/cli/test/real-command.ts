/** Runs the built command as users do: its own process, in an application's folder. */
import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const bin = fileURLToPath(new URL('../bin/drakkar.js', import.meta.url))
const repositoryModules = fileURLToPath(new URL('../../../node_modules', import.meta.url))

export const isBuilt = existsSync(new URL('../dist/main.js', import.meta.url))

export interface Ended {
  readonly code: number | null
  readonly signal: string | null
  readonly output: string
  readonly errors: string
}

export interface RunningCommand {
  readonly child: ChildProcess
  readonly ended: Promise<Ended>
  /** Resolves when standard output or error contain the text. */
  says(text: string): Promise<void>
}

export class RealProject {
  readonly root: string
  readonly #running: ChildProcess[] = []

  private constructor(root: string) {
    this.root = root
  }

  /** `files` and a package.json; `node_modules` are those of this repository. */
  static async create(files: Readonly<Record<string, string>>): Promise<RealProject> {
    const project = new RealProject(await realpath(await mkdtemp(join(tmpdir(), 'drakkar-command-'))))
    const dependencies = { '@drakkar/core': '*', '@drakkar/sink-file': '*', '@drakkar/sink-debug': '*' }
    await mkdir(join(project.root, 'out'))
    await symlink(repositoryModules, join(project.root, 'node_modules'), 'dir')
    const all = { 'package.json': JSON.stringify({ name: 'app', version: '1.0.0', type: 'module', dependencies }), ...files }
    for (const [file, text] of Object.entries(all)) await writeFile(join(project.root, file), text)
    return project
  }

  start(...commandLine: readonly string[]): RunningCommand {
    const environment = { ...withoutDrakkarVariables(process.env), NO_COLOR: '1', DRAKKAR_CONFIG: '' }
    const child = spawn(process.execPath, [bin, ...commandLine], { cwd: this.root, env: environment, stdio: 'pipe' })
    this.#running.push(child)
    let output = ''
    let errors = ''
    const waiting = new Set<() => void>()
    const collect = (chunk: Buffer, to: 'output' | 'errors') => {
      if (to === 'output') output += chunk.toString()
      else errors += chunk.toString()
      for (const check of waiting) check()
    }
    child.stdout.on('data', (chunk: Buffer) => collect(chunk, 'output'))
    child.stderr.on('data', (chunk: Buffer) => collect(chunk, 'errors'))
    // A command that ends without reading its input closes the pipe.
    child.stdin.on('error', () => undefined)
    const ended = new Promise<Ended>((resolve) => child.once('close', (code, signal) => resolve({ code, signal, output, errors })))
    const says = (text: string) =>
      new Promise<void>((resolve, reject) => {
        const check = () => (output.includes(text) || errors.includes(text) ? resolve() : undefined)
        waiting.add(check)
        check()
        child.once('close', () => reject(new Error(`the command ended without saying "${text}": ${output}${errors}`)))
      })
    return { child, ended, says }
  }

  run(input: string, ...commandLine: readonly string[]): Promise<Ended> {
    const { child, ended } = this.start(...commandLine)
    child.stdin?.end(input)
    return ended
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#running) if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
    await rm(this.root, { recursive: true, force: true })
  }
}

/** The test run's own variables would be overrides, or warnings, of the configuration under test. */
function withoutDrakkarVariables(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('DRAKKAR_')))
}

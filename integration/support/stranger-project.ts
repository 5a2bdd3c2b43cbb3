/**
 * A project of somebody who has only our tarballs: packages are packed as they would be published and installed by npm into a
 * folder outside this repository. Needs the packages built, and npm's registry (or its cache) for what is not ours.
 */
import { cp, mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runNpm, runProgram, type Ended, type RunOptions } from './run-program.ts'

const repository = fileURLToPath(new URL('../../', import.meta.url))
const installFlags = ['--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error']

interface CommandOptions extends Omit<RunOptions, 'cwd'> {
  /** Below the application's folder. Default: that folder. */
  readonly folder?: string
}

export class StrangerProject implements AsyncDisposable {
  /** Holds the application and, beside it, the packages that are made. */
  readonly home: string
  /** The application's folder. */
  readonly root: string

  private constructor(home: string) {
    this.home = home
    this.root = join(home, 'app')
  }

  /** An empty application: a package.json that names nothing. */
  static async create(): Promise<StrangerProject> {
    const project = new StrangerProject(await realpath(await mkdtemp(join(tmpdir(), 'drakkar-stranger-'))))
    await project.write('package.json', JSON.stringify({ name: 'app', version: '1.0.0', private: true, type: 'module' }))
    return project
  }

  /** Packs a folder of this repository, or of any other place; resolves with the tarball. */
  async pack(folder: string): Promise<string> {
    const destination = join(this.home, 'tarballs')
    await mkdir(destination, { recursive: true })
    const from = join(repository, folder)
    const output = await runNpm(['pack', '--silent', '--ignore-scripts', '--pack-destination', destination], { cwd: from })
    return join(destination, output.trim())
  }

  /** Packs packages of this repository and those of ours that they depend on. Resolves with tarballs by folder name. */
  async packOurs(...names: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const tarballs = new Map<string, string>()
    const waiting = [...names]
    for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
      if (tarballs.has(name)) continue
      tarballs.set(name, await this.pack(`packages/${name}`))
      waiting.push(...(await ourDependencies(name)))
    }
    return tarballs
  }

  /** Installs tarballs and names of the registry, as `npm install` does. */
  async install(...what: readonly string[]): Promise<void> {
    await runNpm(['install', ...installFlags, ...what, `better-sqlite3@${await sqliteVersion()}`], { cwd: this.root })
    // Its install script compiles for minutes where no binary can be downloaded; this one was compiled for the same version.
    await cp(join(await sqliteFolder(), 'build'), join(this.root, 'node_modules', 'better-sqlite3', 'build'), { recursive: true })
  }

  /** What `npm create @drakkar/sink …` does, with the packed package. Resolves with the new folder, in `home`. */
  async createSink(tarball: string, name: string, ...options: readonly string[]): Promise<string> {
    const maker = join(this.home, 'maker')
    await mkdir(maker, { recursive: true })
    await runNpm(['install', ...installFlags, '--prefix', maker, tarball], { cwd: maker })
    const made = await runProgram(join(maker, 'node_modules', '.bin', 'create-sink'), [name, ...options], { cwd: this.home })
    if (made.code !== 0) throw new Error(`create-sink ended with ${String(made.code)}:\n${made.errors}`)
    return join(this.home, name)
  }

  /** Installs what a new package asks for; the SDK comes from its tarball, because it is not in a registry yet. */
  async installInto(folder: string, sdkTarball: string): Promise<void> {
    await runNpm(['install', ...installFlags, '--no-save', sdkTarball], { cwd: folder })
  }

  /** `npm pack` with the package's own scripts, as its author runs it. */
  async packMade(folder: string): Promise<string> {
    const output = await runNpm(['pack', '--silent', '--pack-destination', this.home], { cwd: folder })
    return join(this.home, output.trim().split('\n').at(-1) ?? '')
  }

  /** A file below the application's folder. */
  async write(file: string, text: string): Promise<void> {
    const path = join(this.root, file)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, text)
  }

  read(file: string): Promise<string> {
    return readFile(join(this.root, file), 'utf8')
  }

  /** The installed command, in a folder of the application. */
  drakkar(args: readonly string[], { folder = '.', ...options }: CommandOptions = {}): Promise<Ended> {
    const command = join(this.root, 'node_modules', '.bin', 'drakkar')
    return runProgram(command, args, { cwd: join(this.root, folder), ...options })
  }

  /** The compiler of this repository on the application's tsconfig.json. */
  compile(): Promise<Ended> {
    const compiler = join(repository, 'node_modules', 'typescript', 'bin', 'tsc')
    return runProgram(process.execPath, [compiler, '-p', 'tsconfig.json', '--pretty', 'false'], { cwd: this.root })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.home, { recursive: true, force: true })
  }
}

/** Folder names under `packages/`. */
async function ourDependencies(name: string): Promise<readonly string[]> {
  const text = await readFile(join(repository, 'packages', name, 'package.json'), 'utf8')
  const { dependencies = {} } = JSON.parse(text) as { dependencies?: Readonly<Record<string, string>> }
  return Object.keys(dependencies).flatMap((dependency) =>
    dependency.startsWith('@drakkar/') ? [dependency.slice('@drakkar/'.length)] : [],
  )
}

async function sqliteFolder(): Promise<string> {
  const core = createRequire(join(repository, 'packages', 'core', 'package.json'))
  return dirname(core.resolve('better-sqlite3/package.json'))
}

async function sqliteVersion(): Promise<string> {
  const { version } = JSON.parse(await readFile(join(await sqliteFolder(), 'package.json'), 'utf8')) as { version: string }
  return version
}

/** Finds and checks the user's handler module. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, extname, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { ConfigError, errorMessage } from '@drakkar/plugin-sdk'
import type { AnyHandler } from '../handler.ts'
import { readPeriodic } from '../periodic/read-periodic.ts'

export interface HandlerLocation {
  /** `--handler`: relative to the working directory. */
  readonly path?: string
  /** `handler:` of the configuration: relative to the configuration file. */
  readonly configured?: string
  readonly configFile?: string | null
}

const candidates = ['handler.mjs', 'handler.js', 'handler.ts']

/** Path of the handler module: `path`, else `configured`, else `./handler.{mjs,js,ts}` beside the configuration or here. */
export function findHandler(location: HandlerLocation): string {
  if (location.path !== undefined && location.path !== '') return existing(resolve(location.path))
  const folder = location.configFile === undefined || location.configFile === null ? process.cwd() : dirname(location.configFile)
  if (location.configured !== undefined && location.configured !== '') return existing(resolve(folder, location.configured))
  const found = [folder, process.cwd()].flatMap((base) => candidates.map((name) => resolve(base, name))).find((path) => existsSync(path))
  if (found === undefined)
    throw invalid(`no handler found: looked for ${candidates.join(', ')} in ${folder}; name it with --handler or \`handler:\``)
  return found
}

/**
 * Imports the module and checks its default export. Rejects with `ConfigError` naming the file: `DRK_HANDLER_LOAD_FAILED`,
 * `DRK_HANDLER_INVALID`.
 */
export async function loadHandler(location: HandlerLocation): Promise<{ readonly path: string; readonly handler: AnyHandler }> {
  const path = findHandler(location)
  const module: unknown = await importHandler(path)
  const exported = typeof module === 'object' && module !== null && 'default' in module ? module.default : undefined
  if (exported === undefined) throw invalid(`${path} has no default export; export what defineHandler() returns`)
  return { path, handler: checkHandler(exported, path) }
}

/** A handler object, or an instance of a handler class. Throws `ConfigError` (`DRK_HANDLER_INVALID`). */
export function checkHandler(value: unknown, place = 'the handler'): AnyHandler {
  const handler: unknown = isConstructor(value) ? new value() : value
  if (!isHandler(handler)) throw invalid(`${place}: a handler needs a function \`arrange\`; make it with defineHandler()`)
  const [problem] = readPeriodic(handler).problems
  if (problem !== undefined) throw invalid(`${place}: ${problem}`)
  return handler
}

async function importHandler(path: string): Promise<unknown> {
  try {
    return await import(pathToFileURL(path).href)
  } catch (error) {
    const cannotStrip = extname(path) === '.ts' && error instanceof Error && 'code' in error && error.code === 'ERR_UNKNOWN_FILE_EXTENSION'
    if (cannotStrip)
      throw invalid(`${path}: Node ${process.versions.node} cannot run TypeScript; use Node 22.18 or newer, or write a .mjs handler`)
    const place = error instanceof SyntaxError ? await syntaxErrorPlace(path) : path
    throw new ConfigError({ code: 'DRK_HANDLER_LOAD_FAILED', message: `${place} cannot be loaded: ${errorMessage(error)}`, cause: error })
  }
}

/** `file:line` of a syntax error, which the error itself does not carry: Node's own check prints it. */
async function syntaxErrorPlace(path: string): Promise<string> {
  const stderr = await new Promise<string>((onText) => {
    execFile(process.execPath, ['--check', path], (_error, _stdout, text) => onText(text))
  })
  return stderr.split('\n').find((line) => /:\d+$/.test(line)) ?? path
}

function existing(path: string): string {
  if (!existsSync(path)) throw invalid(`handler module not found: ${path}`)
  return path
}

function isConstructor(value: unknown): value is new () => unknown {
  return typeof value === 'function' && /^class\b/.test(Function.prototype.toString.call(value))
}

function isHandler(value: unknown): value is AnyHandler {
  return typeof value === 'object' && value !== null && 'arrange' in value && typeof value.arrange === 'function'
}

function invalid(message: string, cause?: unknown): ConfigError {
  return new ConfigError({ code: 'DRK_HANDLER_INVALID', message, cause })
}

// The one way turbo is started here: no telemetry, no update notice, no remote cache.
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { runShown } from './run-command.mjs'
import { root } from './workspace.mjs'

export const turboEnvironment = { TURBO_TELEMETRY_DISABLED: '1', DO_NOT_TRACK: '1', TURBO_NO_UPDATE_NOTIFIER: '1' }

/** `[command, args]` of the workspace's own turbo. */
export function turboCommand(args) {
  return [process.execPath, [join(root, 'node_modules', 'turbo', 'bin', 'turbo'), ...args]]
}

/** Runs with output shown; resolves with the exit code. */
export function runTurbo(args) {
  const [command, all] = turboCommand(args)
  return runShown(command, all, { env: turboEnvironment })
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  process.exitCode = await runTurbo(process.argv.slice(2))
}

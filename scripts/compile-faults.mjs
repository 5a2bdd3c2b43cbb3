// Compiles integration/faults: its oracle is a process of its own, and Node 20 starts no TypeScript.
import { join } from 'node:path'
import { runQuietly } from './run-command.mjs'
import { root } from './workspace.mjs'

/** Global set-up of the integration suite (vitest). */
export { compileFaults as setup }

/** Rejects with what the compiler says. The packages must be built. */
export async function compileFaults() {
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
  const { code, output } = await runQuietly('Compiling the fault suite', [process.execPath, [compiler, '-p', 'tsconfig.faults.json']], {
    cwd: join(root, 'integration'),
  })
  if (code !== 0) throw new Error(`the fault suite does not compile:\n${output}`)
}

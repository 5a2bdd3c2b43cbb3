/** An application in a temporary folder: package.json, one sink package, a configuration, a handler. */
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

export interface FixtureProject extends AsyncDisposable {
  readonly root: string
  write(file: string, text: string): Promise<void>
}

export const yaml = `sinks:
  acme:
    main:
      url: http://acme.invalid
`

const handler = 'export default { arrange: () => [] }\n'

/** `files` replace or add to the default ones; null leaves a file out. */
export async function fixtureProject(files: Readonly<Record<string, string | null>> = {}): Promise<FixtureProject> {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'drakkar-cli-')))
  const write = async (file: string, text: string) => {
    await mkdir(dirname(join(root, file)), { recursive: true })
    await writeFile(join(root, file), text)
  }
  const all = {
    'package.json': packageJson('my-app', ['@acme/sinks']),
    ...acmePackage(),
    'drakkar.yaml': yaml,
    'handler.mjs': handler,
    ...files,
  }
  for (const [file, text] of Object.entries(all)) if (text !== null) await write(file, text)
  return { root, write, [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }) }
}

export function packageJson(name: string, dependencies: readonly string[] = [], sinks?: Readonly<Record<string, string>>): string {
  const wanted = Object.fromEntries(dependencies.map((dependency) => [dependency, '*']))
  return JSON.stringify({
    name,
    version: '2.0.0',
    type: 'module',
    dependencies: wanted,
    ...(sinks === undefined ? {} : { drakkar: { sinks } }),
  })
}

/** The brand is set by hand, so that Node can import the module without a build of the SDK. */
export function sinkModule(type: string): string {
  return `const definition = {
  type: '${type}', payloadKey: '${type}_rows', short: 'ac',
  config: {
    type: 'object', additionalProperties: false, required: ['url', 'token'],
    properties: {
      url: { type: 'string', description: 'Where to.' },
      token: { type: 'string', default: '', description: 'Secret.', 'x-secret': true },
    },
  },
  payload: { type: 'object', properties: {} },
  idempotent: false, capabilities: {}, contractVersion: 1,
  create: () => ({ deliver: () => Promise.resolve() }),
}
Object.defineProperty(definition, Symbol.for('drakkar.sink-definition'), { value: true })
export default definition
`
}

function acmePackage(): Readonly<Record<string, string>> {
  return {
    'node_modules/@acme/sinks/package.json': packageJson('@acme/sinks', [], { acme: './acme.js', broken: './broken.js' }),
    'node_modules/@acme/sinks/acme.js': sinkModule('acme'),
    'node_modules/@acme/sinks/broken.js': "throw new Error('cannot reach amqp://user:hunter2@broker')\n",
  }
}

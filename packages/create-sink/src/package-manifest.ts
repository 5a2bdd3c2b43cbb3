/** The package.json of the new package. Pure. */
import type { SinkNames } from './sink-names.ts'

export type Language = 'typescript' | 'javascript'

/** Every SDK before 1.0: the contract version inside the definition tells whether they fit, when the sink is loaded. */
const sdkRange = '>=0.0.0 <1.0.0'
const typeboxRange = '^1.4.3'

/** `drakkar.sinks` is what makes the package a sink package: sink type → module. */
export function packageManifest({ packageName, type }: Pick<SinkNames, 'packageName' | 'type'>, language: Language): object {
  const { entry, types, files, scripts, devDependencies } = languageParts[language]
  return {
    name: packageName,
    version: '0.1.0',
    description: `The Drakkar sink type ${type}.`,
    keywords: ['drakkar', 'drakkar-sink'],
    type: 'module',
    sideEffects: false,
    engines: { node: '>=20.19' },
    exports: { '.': { types, default: entry }, './package.json': './package.json' },
    files,
    scripts,
    drakkar: { sinks: { [type]: entry } },
    dependencies: { typebox: typeboxRange },
    peerDependencies: { '@drakkar/plugin-sdk': sdkRange },
    devDependencies: { '@drakkar/plugin-sdk': sdkRange, ...devDependencies },
  }
}

interface LanguageParts {
  /** The module applications import, relative to the package. */
  readonly entry: string
  readonly types: string
  readonly files: readonly string[]
  readonly scripts: Readonly<Record<string, string>>
  readonly devDependencies: Readonly<Record<string, string>>
}

const languageParts: Readonly<Record<Language, LanguageParts>> = {
  typescript: {
    entry: './dist/index.js',
    types: './dist/index.d.ts',
    files: ['dist'],
    scripts: {
      build: 'tsc -p tsconfig.build.json',
      types: 'tsc -p tsconfig.json',
      test: 'vitest run',
      prepack: 'npm run build',
    },
    devDependencies: { '@types/node': '^20.19.25', typescript: '^7.0.2', vitest: '^4.0.0' },
  },
  javascript: {
    entry: './src/index.js',
    types: './src/index.d.ts',
    files: ['src'],
    scripts: { test: 'node --test' },
    devDependencies: {},
  },
}

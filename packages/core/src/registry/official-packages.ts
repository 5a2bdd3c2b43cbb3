/**
 * Data for one sentence only: which package to install for a sink type that no installed package offers. The registry
 * never looks here to find, load or rank a sink. `official-packages.test.ts` compares it with the manifests of this
 * repository's sink packages.
 */
export const officialSinkPackages: Readonly<Record<string, string>> = {
  blackhole: '@drakkar/sink-debug',
  file_line: '@drakkar/sink-file',
  filesystem: '@drakkar/sink-file',
  http: '@drakkar/sink-http',
  kafka: '@drakkar/sink-kafka',
  log: '@drakkar/sink-debug',
  mongo: '@drakkar/sink-mongo',
  null: '@drakkar/sink-debug',
  postgres: '@drakkar/sink-postgres',
  pprint: '@drakkar/sink-debug',
  print: '@drakkar/sink-debug',
  redis: '@drakkar/sink-redis',
}

/**
 * Settings that are right by their schema and still stop the start of a worker: sinks that cannot be created, a serving store
 * that cannot store, a spool without a usable directory. Found for `drakkar check` as a start finds them, in the same words,
 * without opening or making anything.
 */
import { type ConfigProblem, type ServingStore, type SinkDefinition } from '@drakkar/plugin-sdk'
import { Registry } from 'prom-client'
import { configuredInstances, type SinkInstanceConfig } from '../config/instances.ts'
import type { DrakkarConfig } from '../config/schema.ts'
import { spoolDirectoryProblem } from '../dlq/spool/spool-directory.ts'
import { sourceConnectionOf } from '../log/open-log.ts'
import { silentLogger } from '../observability/logger.ts'
import { sinkMetrics } from '../observability/sink-metrics.ts'
import { servingStoreProblem, type StoreOwner } from '../serving/serving.ts'
import { creationProblem, lossyProblem } from './sink-problems.ts'
import { workerIdentity } from './worker-identity.ts'

export interface ConfiguredSinks {
  readonly config: DrakkarConfig
  /** Definitions of the configured types. */
  readonly definitions: ReadonlyMap<string, SinkDefinition>
}

/** Creates the sinks, connects none (spec CLI-5). The configuration is one that has been validated. */
export async function unusableSettings({ config, definitions }: ConfiguredSinks): Promise<readonly ConfigProblem[]> {
  const created = configuredInstances(config).map((instance) => tryCreate(instance, { config, definitions }))
  const problems = created.flatMap(({ problem }) => problem ?? [])
  // A store whose sink cannot be created is no problem of its own.
  const store = problems.length > 0 ? null : servingStoreProblem(config.serving.store, created)
  return [...problems, ...[store, await spoolDirectoryProblem(config.dlq.spool_dir)].flatMap((problem) => problem ?? [])]
}

interface Created extends StoreOwner {
  readonly problem: ConfigProblem | null
}

function tryCreate(instance: SinkInstanceConfig, { config, definitions }: ConfiguredSinks): Created {
  const { type, name } = instance
  const path = `${type}/${name}`
  const definition = definitions.get(type)
  if (definition === undefined) return { path, sink: {}, problem: null }
  const lossy = lossyProblem(instance, definition)
  if (lossy !== null) return { path, sink: {}, problem: lossy }
  try {
    const sink: { readonly servingStore?: ServingStore } = definition.create(instance.own, {
      type,
      name,
      // A sink that is thrown away at once has nothing to say.
      logger: silentLogger,
      metrics: sinkMetrics(new Registry(), type, name),
      worker: workerIdentity(config, {}),
      sourceConnection: sourceConnectionOf(config),
    })
    return { path, sink, problem: null }
  } catch (error) {
    return { path, sink: {}, problem: creationProblem(instance, error) }
  }
}

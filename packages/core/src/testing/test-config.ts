/** The configuration of a run: the test's, checked as at every start, without what would reach out of the process. */
import { configuredInstances } from '../config/instances.ts'
import { validateConfig } from '../config/load-config.ts'
import { type DrakkarConfig, hasEverySection } from '../config/schema.ts'
import { configSchemaOf } from './memory-sinks.ts'
import { planSinks, type PlannedType } from './sink-plan.ts'
import type { HandlerTestOptions } from './test-options.ts'

export interface TestConfig {
  readonly config: DrakkarConfig
  readonly sinkTypes: readonly PlannedType[]
  /** `type/name` of every sink. */
  readonly sinkPaths: readonly string[]
}

type Section = Readonly<Record<string, unknown>>

/** Throws `ConfigError` with every problem there is, and `HandlerTestError` for sinks that make no sense. */
export function testConfig({
  config: given = {},
  sinks = [],
  programs,
}: Pick<HandlerTestOptions, 'config' | 'sinks' | 'programs'>): TestConfig {
  const plan = planSinks(sinks, section(given, 'sinks'))
  const value = {
    ...given,
    ...source(given),
    executor: { ...(programs === 'real' ? {} : { binary_path: 'program' }), ...section(given, 'executor') },
    dlq: withoutSpool(section(given, 'dlq')),
    metrics: { ...section(given, 'metrics'), enabled: false },
    debug: { ...section(given, 'debug'), enabled: false },
    sinks: plan.section,
  }
  const sinkSchemas = new Map(plan.types.map((planned) => [planned.type, configSchemaOf(planned)]))
  const { config } = validateConfig(value, { sinkSchemas })
  return { config, sinkTypes: plan.types, sinkPaths: configuredInstances(config).map(({ type, name }) => `${type}/${name}`) }
}

/** The section of the source, and no other: a loaded configuration has both. */
function source(given: Section): Section {
  const isEmbedded = (given['embedded'] ?? null) !== null
  if (!isEmbedded) return { kafka: { source_topic: 'input', consumer_group: 'test', ...section(given, 'kafka') } }
  return hasEverySection(given) ? { kafka: undefined } : {}
}

/** Dead letters stay in the memory of the test. */
function withoutSpool(given: Section): Section {
  const { spool_dir: _directory, brokers: _brokers, on_failure, ...rest } = given
  return on_failure === undefined || on_failure === 'spool' ? rest : { ...rest, on_failure }
}

function section(config: Section, key: string): Section {
  const value = config[key]
  return typeof value === 'object' && value !== null ? { ...value } : {}
}

/** `dlq`, `metrics`, `logging`, `health`, `serving`: what leaves the worker beside its sinks (CFG-39…42, design 13). */
import { Type } from 'typebox'
import { choice, decimal, flag, integer, port, section, text } from './property.ts'

export const dlqSchema = section('The dead-letter log.', {
  topic: text('Topic of dead letters. Empty: `<source_topic>_dlq`.', ''),
  brokers: text('Brokers of the dead-letter topic. Empty: those of the source.', ''),
  spool_dir: text('Directory where dead letters wait while the log cannot be reached. Empty: no spool.', ''),
  max_retries: integer('Retries of one send before `on_failure` applies.', 3, { minimum: 0 }),
  on_failure: choice(
    'When the dead-letter log cannot be reached: write to the spool, hold the offsets back until it can be, or drop. `spool` is the default when `spool_dir` is set.',
    ['spool', 'block', 'drop'],
    'block',
  ),
})

export const metricsSchema = section('Prometheus metrics. Accepted; not served by this version yet.', {
  enabled: flag('Serve metrics.', true),
  host: text('Address to listen on. In a pod: `0.0.0.0`.', '127.0.0.1', { minLength: 1 }),
  port: port('Port of the metrics server.', 9090),
})

export const loggingSchema = section('The log of the worker.', {
  level: Type.Enum(['DEBUG', 'INFO', 'WARNING', 'ERROR', 'CRITICAL'], {
    description: 'Least important level that is written; upper or lower case.',
    default: 'INFO',
    'x-case-insensitive': true,
  }),
  format: choice('`json`: one object per line. `console`: for people.', ['json', 'console'], 'json'),
  output: text('`stderr`, `stdout`, or a file path with the placeholders `{worker_id}` and `{cluster_name}`.', 'stderr', { minLength: 1 }),
  ecs: flag('Add the fields of the Elastic Common Schema to every line.', true),
})

export const healthSchema = section('Liveness and readiness.', {
  stall_seconds: decimal('A partition with work and no progress for so long makes the worker unready, in seconds.', 30, {
    exclusiveMinimum: 0,
  }),
  liveness_timeout_seconds: decimal('A main loop without a turn for so long makes the worker dead, in seconds.', 60, {
    exclusiveMinimum: 0,
  }),
})

export const servingSchema = section('Store of SERVE answers.', {
  store: text('`memory`, `cache`, or a sink that can store, `type/name`. Empty: SERVE answers are dead-lettered.', ''),
  ttl_seconds: decimal('How long an answer is kept, in seconds.', 3600, { exclusiveMinimum: 0 }),
})

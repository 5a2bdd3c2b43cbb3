/** Mistakes in the fixed sections. */
import type { Mistake } from './mistake.ts'

export const sectionMistakes: readonly Mistake[] = [
  {
    title: 'dead letters in the source topic',
    yaml: 'kafka:\n  source_topic: events\ndlq:\n  topic: events',
    expected: ['4:10 dlq.topic: is the source topic: every dead letter would be processed again'],
  },
  {
    title: 'a serving store that is not there',
    yaml: 'serving:\n  store: memroy',
    expected: ['2:10 serving.store: "memroy" is not a configured sink; use memory, or a sink that can store, written type/name'],
  },
  { title: 'a misspelt root section', yaml: 'kafak:\n  brokers: a:1', expected: ['1:1 kafak: unknown key; did you mean "kafka"?'] },
  { title: 'a root key that does not exist', yaml: 'nonsense: 1', expected: ['1:1 nonsense: unknown key'] },
  {
    title: 'a root key that only differs in case',
    yaml: 'Kafka:\n  brokers: a:1',
    expected: ['1:1 Kafka: unknown key; did you mean "kafka"?'],
  },
  { title: 'a misspelt key', yaml: 'kafka:\n  borkers: a:1', expected: ['2:3 kafka.borkers: unknown key; did you mean "brokers"?'] },
  {
    title: 'a key in camel case',
    yaml: 'executor:\n  maxExecutors: 4',
    expected: ['2:3 executor.maxExecutors: unknown key; did you mean "max_executors"?'],
  },
  {
    title: 'a key with dashes',
    yaml: 'executor:\n  max-executors: 4',
    expected: ['2:3 executor.max-executors: unknown key; did you mean "max_executors"?'],
  },
  {
    title: 'a key of another section',
    yaml: 'kafka:\n  max_executors: 4',
    expected: ['2:3 kafka.max_executors: unknown key; did you mean "executor.max_executors"?'],
  },
  {
    title: 'a root key below a section',
    yaml: 'executor:\n  cluster_name: a',
    expected: ['2:3 executor.cluster_name: unknown key; did you mean "cluster_name"?'],
  },
  {
    title: 'the name librdkafka has for brokers',
    yaml: 'kafka:\n  bootstrap_servers: a:1',
    expected: ['2:3 kafka.bootstrap_servers: unknown key; did you mean "brokers"?'],
  },
  {
    title: 'a shortened key',
    yaml: 'executor:\n  task_timeout: 4',
    expected: ['2:3 executor.task_timeout: unknown key; did you mean "task_timeout_seconds"?'],
  },
  {
    title: 'an unknown key two levels down',
    yaml: 'cache:\n  peer_sync:\n    intervall_seconds: 3',
    expected: ['3:5 cache.peer_sync.intervall_seconds: unknown key; did you mean "interval_seconds"?'],
  },
  {
    title: 'a number below its range',
    yaml: 'executor:\n  max_executors: 0',
    expected: ['2:18 executor.max_executors: must be an integer ≥ 1, got 0'],
  },
  {
    title: 'a negative number',
    yaml: 'executor:\n  max_retries: -1',
    expected: ['2:16 executor.max_retries: must be an integer ≥ 0, got -1'],
  },
  {
    title: 'a zero where it must be positive',
    yaml: 'executor:\n  task_timeout_seconds: 0',
    expected: ['2:25 executor.task_timeout_seconds: must be a number > 0, got 0'],
  },
  {
    title: 'a fraction where an integer is wanted',
    yaml: 'executor:\n  window_size: 1.5',
    expected: ['2:16 executor.window_size: must be an integer ≥ 1, got 1.5'],
  },
  {
    title: 'a number above its range',
    yaml: 'metrics:\n  port: 70000',
    expected: ['2:9 metrics.port: must be an integer from 1 to 65535, got 70000'],
  },
  {
    title: 'text where a number is wanted',
    yaml: 'metrics:\n  port: http',
    expected: ['2:9 metrics.port: must be an integer from 1 to 65535, got "http"'],
  },
  {
    title: 'a number where text is wanted',
    yaml: 'kafka:\n  consumer_group: 42',
    expected: ['2:19 kafka.consumer_group: must be a string that is not empty, got 42; put it in quotes'],
  },
  {
    title: 'a boolean where text is wanted',
    yaml: 'kafka:\n  consumer_group: true',
    expected: ['2:19 kafka.consumer_group: must be a string that is not empty, got true; put it in quotes'],
  },
  {
    title: 'text where a boolean is wanted',
    yaml: 'metrics:\n  enabled: maybe',
    expected: ['2:12 metrics.enabled: must be true or false, got "maybe"'],
  },
  {
    title: 'a list where text is wanted',
    yaml: 'kafka:\n  brokers:\n    - a:1\n    - b:1',
    expected: ['3:5 kafka.brokers: must be a string that is not empty, got a list'],
  },
  {
    title: 'a mapping where text is wanted',
    yaml: 'kafka:\n  brokers:\n    host: a',
    expected: ['3:5 kafka.brokers: must be a string that is not empty, got a mapping'],
  },
  { title: 'text where a mapping is wanted', yaml: 'kafka: localhost', expected: ['1:8 kafka: must be a mapping, got a string'] },
  {
    title: 'text where a list is wanted',
    yaml: 'debug:\n  expose_env_vars: GIT_SHA',
    expected: ['2:20 debug.expose_env_vars: must be a list of strings, got a string'],
  },
  {
    title: 'a list where a mapping is wanted',
    yaml: 'executor:\n  env:\n    - A=1',
    expected: ['3:5 executor.env: must be a mapping of strings, got a list'],
  },
  {
    title: 'a number in a mapping of strings',
    yaml: 'executor:\n  env:\n    A: 1',
    expected: ['3:8 executor.env.A: must be a string, got ***; put it in quotes'],
  },
  {
    title: 'a null where none is allowed',
    yaml: 'kafka:\n  brokers: null',
    expected: ['2:12 kafka.brokers: must be a string that is not empty, got nothing'],
  },
  {
    title: 'an empty text that must not be empty',
    yaml: 'executor:\n  binary_path: ""',
    expected: ['2:16 executor.binary_path: must be a string that is not empty or null, got ""'],
  },
  {
    title: 'a word that is no choice',
    yaml: 'executor:\n  ordering: keys',
    expected: ['2:13 executor.ordering: must be "none", "key" or "partition", got "keys"'],
  },
  {
    title: 'an unknown log level',
    yaml: 'logging:\n  level: verbose',
    expected: ['2:10 logging.level: must be "DEBUG", "INFO", "WARNING", "ERROR" or "CRITICAL", got "verbose"'],
  },
  {
    title: 'an unknown log format',
    yaml: 'logging:\n  format: text',
    expected: ['2:11 logging.format: must be "json" or "console", got "text"'],
  },
  {
    title: 'a retention below its range',
    yaml: 'debug:\n  retention_max_events: 5',
    expected: ['2:25 debug.retention_max_events: must be an integer ≥ 100, got 5'],
  },
  {
    title: 'infinity',
    yaml: 'kafka:\n  startup_min_wait_seconds: .inf',
    expected: ['2:29 kafka.startup_min_wait_seconds: must be a number ≥ 0, got Infinity'],
  },
  {
    title: 'not a number',
    yaml: 'kafka:\n  startup_min_wait_seconds: .nan',
    expected: ['2:29 kafka.startup_min_wait_seconds: must be a number ≥ 0, got NaN'],
  },
  {
    title: 'a jitter above one',
    yaml: 'executor:\n  retry_jitter: 1.5',
    expected: ['2:17 executor.retry_jitter: must be a number from 0 to 1, got 1.5'],
  },
  {
    title: 'a link without its address',
    yaml: 'debug:\n  custom_links:\n    - name: a',
    expected: ['3:7 debug.custom_links.0.url: is required: a string that is not empty'],
  },
  {
    title: 'a link with a key too many',
    yaml: 'debug:\n  custom_links:\n    - { name: a, url: b, icon: c }',
    expected: ['3:26 debug.custom_links.0.icon: unknown key'],
  },
  {
    title: 'marks the wrong way round',
    yaml: 'executor:\n  backpressure_low_multiplier: 9\n  backpressure_high_multiplier: 9',
    expected: ['2:32 executor.backpressure_low_multiplier: must be below backpressure_high_multiplier (9)'],
  },
  {
    title: 'a deadline that is no shorter than its interval',
    yaml: 'cache:\n  peer_sync:\n    interval_seconds: 5\n    cycle_deadline_seconds: 5',
    expected: ['4:29 cache.peer_sync.cycle_deadline_seconds: must be below interval_seconds (5)'],
  },
  {
    title: 'a deadline below its range',
    yaml: 'cache:\n  peer_sync:\n    cycle_deadline_seconds: 0.01',
    expected: ['3:29 cache.peer_sync.cycle_deadline_seconds: must be a number ≥ 0.1 or null, got 0.01'],
  },
  {
    title: 'a spool without its directory',
    yaml: 'dlq:\n  on_failure: spool',
    expected: ['2:15 dlq.on_failure: "spool" needs dlq.spool_dir'],
  },
  {
    title: 'a backoff above its maximum',
    yaml: 'executor:\n  retry_backoff_base_seconds: 60',
    expected: ['2:31 executor.retry_backoff_base_seconds: must not be above retry_backoff_max_seconds (30)'],
  },
  {
    title: 'two sources',
    yaml: 'kafka:\n  brokers: a:1\nembedded:\n  path: ./x.db',
    expected: ['3:1 embedded: a worker has one source: remove `kafka` or `embedded`'],
  },
  { title: 'an embedded log with a key of Kafka', yaml: 'embedded:\n  brokers: a:1', expected: ['2:3 embedded.brokers: unknown key'] },
  {
    title: 'incomplete credentials',
    yaml: 'kafka:\n  sasl:\n    username: u',
    expected: ['2:3 kafka.sasl.password: is required: a string'],
  },
  {
    title: 'an unknown mechanism',
    yaml: 'kafka:\n  sasl: { mechanism: gssapi, username: u, password: p }',
    expected: ['2:22 kafka.sasl.mechanism: must be "plain", "scram-sha-256" or "scram-sha-512", got "gssapi"'],
  },
  {
    title: 'TLS that is neither a boolean nor a mapping',
    yaml: 'kafka:\n  tls: strict',
    expected: ['2:8 kafka.tls: must be true or false or a mapping, got "strict"'],
  },
  { title: 'an unknown key of TLS', yaml: 'kafka:\n  tls:\n    ca: x.pem', expected: ['3:5 kafka.tls.ca: unknown key'] },
]

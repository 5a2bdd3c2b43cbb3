/** Mistakes in YAML itself and in `${NAME}`. */
import type { Mistake } from './mistake.ts'

export const yamlMistakes: readonly Mistake[] = [
  {
    title: 'a variable that is not set',
    yaml: 'kafka:\n  brokers: "${KAFKA_HOST}:9092"',
    expected: ['2:12 kafka.brokers: environment variable KAFKA_HOST is not set'],
  },
  {
    title: 'a malformed variable reference',
    yaml: 'kafka:\n  brokers: "${KAFKA_HOST:-x}"',
    expected: ['2:12 kafka.brokers: malformed variable reference; write ${NAME}, or $${ for a literal ${'],
  },
  {
    title: 'a variable reference without its end',
    yaml: 'kafka:\n  brokers: "${KAFKA_HOST"',
    expected: ['2:12 kafka.brokers: malformed variable reference; write ${NAME}, or $${ for a literal ${'],
  },
  { title: 'a tab as indentation', yaml: 'kafka:\n\tbrokers: a:1', expected: ['2:1 tabs are not allowed as indentation; use spaces'] },
  {
    title: 'a duplicate key',
    yaml: 'kafka:\n  brokers: a:1\n  brokers: b:1',
    expected: ['3:3 kafka.brokers: this key is already given above in the same mapping'],
  },
  {
    title: 'a duplicate section',
    yaml: 'metrics:\n  port: 1\nmetrics:\n  port: 2',
    expected: ['3:1 metrics: this key is already given above in the same mapping'],
  },
  {
    title: 'a quote that is not closed',
    yaml: 'kafka:\n  brokers: "a:1\n',
    expected: ['3:1 a quote, bracket, comma or colon is missing here'],
  },
  {
    title: 'a bracket that is not closed',
    yaml: 'debug:\n  expose_env_vars: [A, B\n',
    expected: ['3:1 wrong indentation, or a bracket that is not closed'],
  },
  {
    title: 'a colon without quotes',
    yaml: 'kafka:\n  brokers: a: b',
    expected: ['2:12 a key and its value must be on lines of their own; is a value with ": " missing its quotes?'],
  },
  {
    title: 'wrong indentation',
    yaml: 'kafka:\n    brokers: a\n  source_topic: b',
    expected: ['3:1 wrong indentation, or a bracket that is not closed'],
  },
  { title: 'a list at the root', yaml: '- kafka\n- sinks', expected: ['1:1 the file must be a mapping of keys, not a list'] },
  { title: 'a single value at the root', yaml: 'just text', expected: ['1:1 the file must be a mapping of keys, not a single value'] },
  {
    title: 'two documents',
    yaml: 'kafka: {}\n---\nkafka: {}',
    expected: ['2:1 the file holds several YAML documents; only one is allowed'],
  },
  {
    title: 'a custom tag',
    yaml: 'kafka:\n  brokers: !env HOST',
    expected: ['2:17 kafka.brokers: custom tags (`!name`) are not supported'],
  },
  {
    title: 'an alias without an anchor',
    yaml: 'kafka:\n  brokers: *host',
    expected: ['2:12 kafka.brokers: this alias (`*name`) has no anchor (`&name`) before it'],
  },
  { title: 'a merge of no mapping', yaml: 'kafka:\n  <<: text', expected: ['2:3 kafka: `<<` merges a mapping or a list of mappings'] },
  { title: 'a key that is a list', yaml: 'kafka:\n  ? [a]\n  : b', expected: ['2:5 kafka: a key must be plain text'] },
  {
    title: 'a key with a special meaning in JavaScript',
    yaml: 'sinks:\n  kafka:\n    __proto__:\n      topic: a',
    expected: ['3:5 sinks.kafka: "__proto__" cannot be a key'],
  },
  {
    title: 'a fork bomb of aliases',
    yaml: 'a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e]',
    expected: ['1:20 e.4.8.6.6.6: aliases expand to more than 50000 values'],
  },
  {
    title: 'nesting without end',
    yaml: `executor:\n  env: ${'['.repeat(80)}${']'.repeat(80)}`,
    expected: ['2:71 executor.env.0: the YAML is nested deeper than 64 levels'],
  },
  {
    title: 'a custom tag on a mapping',
    yaml: 'kafka: !!python/object:os.system\n  brokers: a:1',
    expected: ['2:3 kafka: custom tags (`!name`) are not supported'],
  },
  {
    title: 'binary YAML',
    yaml: 'kafka:\n  brokers: !!binary aGVsbG8=',
    expected: ['2:21 kafka.brokers: custom tags (`!name`) are not supported'],
  },
  {
    title: 'a duplicate sink instance',
    yaml: 'sinks:\n  redis:\n    cache: {}\n    cache: {}',
    expected: ['4:5 sinks.redis.cache: this key is already given above in the same mapping'],
  },
  {
    title: 'several mistakes at once',
    yaml: 'kafka:\n  brokers: 1\nexecutor:\n  max_executors: none\n  windows_size: 5\nmetrics:\n  port: 0',
    expected: [
      '2:12 kafka.brokers: must be a string that is not empty, got 1; put it in quotes',
      '4:18 executor.max_executors: must be an integer ≥ 1, got "none"',
      '5:3 executor.windows_size: unknown key; did you mean "window_size"?',
      '7:9 metrics.port: must be an integer from 1 to 65535, got 0',
    ],
  },
]

/** `executor`: how external programs are run (CFG-23…27, design 8 and 13). */
import { Type } from 'typebox'
import { choice, decimal, flag, integer, nullable, section, textList, textMap } from './property.ts'
import { secretMark } from './secret-text.ts'

const deniedByDefault = ['DRAKKAR_*', '*PASSWORD*', '*SECRET*', '*TOKEN*', '*_KEY', '*_DSN', '*CREDENTIAL*']

export const executorSchema = section('The pool of external programs.', {
  binary_path: nullable('Program to run. Null: every task names its own.', Type.String({ minLength: 1 })),
  mode: choice(
    '`process`: one process per task. `warm`: long-lived children that take one task after another.',
    ['process', 'warm'],
    'process',
  ),
  ordering: choice(
    'Which messages may run side by side: all of a window, one per key, or one per partition.',
    ['none', 'key', 'partition'],
    'none',
  ),
  env: { ...textMap('Environment variables added to every child. Never recorded or shown.'), ...secretMark },
  env_inherit_parent: flag('Children inherit the environment of the worker, without the names of `env_inherit_deny`.', true),
  env_inherit_deny: textList('Names not inherited: shell globs, case-insensitive.', deniedByDefault),
  max_executors: integer('Most processes that run at once.', 4, { minimum: 1 }),
  task_timeout_seconds: decimal('Time limit of one task, in seconds.', 120, { exclusiveMinimum: 0 }),
  window_size: integer('Most messages given to `arrange` at once.', 100, { minimum: 1 }),
  max_retries: integer('Retries after the first attempt, for tasks and for deliveries.', 3, { minimum: 0 }),
  drain_timeout_seconds: decimal('Time given to running work at shutdown and when partitions are revoked, in seconds.', 30, { minimum: 1 }),
  backpressure_high_multiplier: integer('The source pauses at this many waiting messages per executor.', 32, { minimum: 1 }),
  backpressure_low_multiplier: integer('The source resumes at this many waiting messages per executor.', 4, { minimum: 1 }),
  max_output_bytes: integer('Most bytes kept of one output stream of a child.', 67_108_864, { minimum: 1 }),
  output_overflow: choice('Output beyond `max_output_bytes`: cut it off, or fail the task.', ['truncate', 'fail'], 'truncate'),
  kill_grace_seconds: decimal('Time between SIGTERM and SIGKILL, in seconds. 0: SIGKILL at once.', 0, { minimum: 0 }),
  retry_backoff_base_seconds: decimal('Wait before the first retry of a task, in seconds; doubled each time.', 0, { minimum: 0 }),
  retry_backoff_max_seconds: decimal('Longest wait before a retry of a task, in seconds.', 30, { minimum: 0 }),
  retry_jitter: decimal('Random share added to the wait before a retry.', 0, { minimum: 0, maximum: 1 }),
  on_task_failure: choice('A task that finally failed: dead-letter it, or drop it.', ['dead_letter', 'skip'], 'dead_letter'),
  priority: choice('Who gets a free executor first: the lowest offset, or partitions in turn.', ['offset', 'fair'], 'offset'),
  arrange_concurrency: integer('How many `arrange` calls of one partition may run at once.', 1, { minimum: 1 }),
  hook_timeout_seconds: nullable('Time limit of one hook call, in seconds. Null: none.', Type.Number({ exclusiveMinimum: 0 })),
})

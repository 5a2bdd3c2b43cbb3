/** The part of the configuration section `executor` that running programs needs, with its wire names. */
export interface ExecutorSettings {
  /** Program of tasks that name none. */
  readonly binary_path: string | null
  readonly env: Readonly<Record<string, string>>
  readonly env_inherit_parent: boolean
  /** Shell globs of names that are not inherited, case-insensitive. */
  readonly env_inherit_deny: readonly string[]
  readonly max_executors: number
  readonly task_timeout_seconds: number
  /** 0: SIGKILL at once. */
  readonly kill_grace_seconds: number
  /** Per stream. */
  readonly max_output_bytes: number
  readonly output_overflow: 'truncate' | 'fail'
}

/** What the main thread and the SQLite worker say to each other. */

export type SqlValue = string | number | Uint8Array | null
export type SqlRow = Readonly<Record<string, SqlValue>>

export interface SqlStatement {
  readonly sql: string
  readonly params?: readonly SqlValue[]
}

export interface SqlResult {
  /** Rows inserted, updated or deleted; 0 for a query. */
  readonly changes: number
  /** Of a query or a `RETURNING` clause. */
  readonly rows: readonly SqlRow[]
}

export interface SqliteWorkerData {
  readonly path: string
  readonly mode: SqliteMode
  /** How long a lock of another connection is waited for, in milliseconds. */
  readonly busyTimeoutMs: number
}

/** `create`: made when missing. `write`: must exist. `read`: must exist and is not changed. */
export type SqliteMode = 'create' | 'write' | 'read'

export type SqliteRequest =
  | { readonly id: number; readonly type: 'run'; readonly statements: readonly SqlStatement[]; readonly durable: boolean }
  | { readonly id: number; readonly type: 'all'; readonly statement: SqlStatement; readonly maxBytes: number }
  | { readonly id: number; readonly type: 'close' }

export type SqliteResponse =
  | { readonly id: number; readonly ok: true; readonly results: readonly SqlResult[] }
  | { readonly id: number; readonly ok: false; readonly message: string; readonly code: string }

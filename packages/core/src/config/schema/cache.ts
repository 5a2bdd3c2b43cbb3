/** `cache`: the handlers' cache (CFG-51…53). */
import { Type } from 'typebox'
import { decimal, flag, integer, nullable, section, text } from './property.ts'

const peerSyncSchema = section('Exchange of entries with other workers on the same directory.', {
  enabled: flag('Read the entries of other workers.', true),
  interval_seconds: decimal('Time between two rounds, in seconds.', 30, { exclusiveMinimum: 0 }),
  batch_size: integer('Most entries read from one worker at once.', 500, { minimum: 1 }),
  timeout_seconds: decimal('Time limit of reading from one worker, in seconds.', 5, { exclusiveMinimum: 0 }),
  cycle_deadline_seconds: nullable(
    'Time limit of one round, in seconds; below `interval_seconds`. Null: derived from it.',
    Type.Number({ minimum: 0.1 }),
  ),
})

export const cacheSchema = section('Cache of the handlers. Accepted; not part of this version yet.', {
  enabled: flag('Keep a cache.', false),
  db_dir: text('Directory of the cache file. `~/` is the home directory; empty: `debug.db_dir`.', ''),
  flush_interval_seconds: decimal('Time between two writes of changed entries, in seconds.', 3, { exclusiveMinimum: 0 }),
  cleanup_interval_seconds: decimal('Time between two removals of expired entries, in seconds.', 60, { exclusiveMinimum: 0 }),
  max_memory_entries: Type.Union([Type.Integer({ minimum: 1 }), Type.Null()], {
    description: 'Most entries in memory. Null: no limit.',
    default: 10_000,
  }),
  peer_sync: peerSyncSchema,
})

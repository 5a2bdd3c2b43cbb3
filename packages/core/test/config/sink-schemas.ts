/** Sink schemas as packages would bring them. */
import { secret } from '@drakkar/plugin-sdk'
import { Type, type TObject } from 'typebox'
import type { SinkSchemas } from '../../src/config/complete-schema.ts'

const strict = { additionalProperties: false } as const

const entries: readonly (readonly [string, TObject])[] = [
  [
    'kafka',
    Type.Object(
      {
        topic: Type.String({ minLength: 1, description: 'Topic.' }),
        brokers: Type.String({ default: '', description: 'Brokers.' }),
      },
      strict,
    ),
  ],
  [
    'postgres',
    Type.Object(
      {
        dsn: secret({ minLength: 1, description: 'Connection string.' }),
        pool_min: Type.Integer({ minimum: 1, default: 2, description: 'Least connections.' }),
        pool_max: Type.Integer({ minimum: 1, default: 10, description: 'Most connections.' }),
        on_conflict: Type.Optional(
          Type.Union(
            [
              Type.Literal('do_nothing'),
              Type.Object({ columns: Type.Array(Type.String()), update: Type.Array(Type.String(), { default: [] }) }, strict),
            ],
            { description: 'What to do with a row that exists.' },
          ),
        ),
      },
      strict,
    ),
  ],
  [
    'redis',
    Type.Object(
      {
        url: secret({ default: 'redis://localhost:6379/0', description: 'Address.' }),
        key_prefix: Type.String({ default: '', description: 'Prefix of every key.' }),
      },
      strict,
    ),
  ],
  [
    'http',
    Type.Object({
      url: Type.String({ pattern: '^https?://', 'x-rule': 'an http or https address', description: 'Address.' }),
      method: Type.Enum(['POST', 'PUT'], { default: 'POST', description: 'Method.' }),
      timeout_seconds: Type.Number({ minimum: 1, default: 30, description: 'Time limit.' }),
      headers: Type.Record(Type.String(), secret(), { default: {}, description: 'Headers.' }),
    }),
  ],
  ['my_custom', Type.Object({ endpoint: Type.String({ description: 'Address.' }) }, { additionalProperties: true })],
]

export const sinkSchemas: SinkSchemas = new Map(entries)

export const packageHint = (type: string) => `install it with: npm install @example/sink-${type}`

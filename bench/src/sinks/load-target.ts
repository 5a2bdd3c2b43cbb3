/** Loads the driver of one sink, and no other: a contender's process should hold only what it runs. */
import type { SinkName } from './sink-cases.ts'
import type { SinkTarget } from './target.ts'

const loaders: Readonly<Record<SinkName, () => Promise<SinkTarget>>> = {
  postgres: async () => (await import('./postgres-target.ts')).postgresTarget,
  mongo: async () => (await import('./mongo-target.ts')).mongoTarget,
  redis: async () => (await import('./redis-target.ts')).redisTarget,
  http: async () => (await import('./http-target.ts')).httpTarget,
  kafka: async () => (await import('./kafka-target.ts')).kafkaTarget,
  file: async () => (await import('./file-target.ts')).fileTarget,
}

export function loadTarget(name: SinkName): Promise<SinkTarget> {
  return loaders[name]()
}

/** `context.sinks.<type>('<instance>')` for hooks. */
import type { SinkHandles } from '../handler.ts'
import type { SinkManager } from '../pipeline/sinks/sink-manager.ts'

/** Any type name is a function; it throws `SinkNotConfiguredError` for what is not configured. */
export function sinkHandles(sinks: SinkManager): SinkHandles {
  const target: Record<string, (instance?: string) => unknown> = {}
  return new Proxy(target, {
    get: (_target, type) => (typeof type === 'string' ? (instance?: string) => sinks.handle(type, instance) : undefined),
  })
}

/** `context.sinks.<type>('<instance>')` for hooks. */
import type { SinkHandles } from '../handler.ts'
import type { SinkManager } from '../pipeline/sinks/sink-manager.ts'

/** Any type name is a function; it throws `SinkNotConfiguredError` for what is not configured. */
export function sinkHandles(sinks: SinkManager): SinkHandles {
  // Sink packages add to the map of handles; the proxy answers for each type.
  const target = {} as SinkHandles
  return new Proxy(target, {
    get: (_target, type) => (typeof type === 'string' ? (instance?: string) => sinks.handle(type, instance) : undefined),
  })
}

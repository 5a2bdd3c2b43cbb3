/**
 * The one door to real services. A further service is one file beside `kafka.ts` and one entry here.
 */
import { kafka } from './kafka.ts'
import { mongo } from './mongo.ts'
import { postgres } from './postgres.ts'
import { redis } from './redis.ts'
import type { Service, ServiceHandle, ServiceOptions } from './service.ts'

const services = { kafka, mongo, postgres, redis } as const satisfies Record<string, Service>

export type ServiceName = keyof typeof services

export const serviceNames = Object.keys(services) as readonly ServiceName[]

/**
 * Starts a service with the first provider that works. Rejects with an error that says, provider by provider, why
 * none did and how to get the service.
 */
export async function startService(name: ServiceName, options: ServiceOptions = {}): Promise<ServiceHandle> {
  const progress = options.progress ?? ((line: string) => process.stderr.write(`${line}\n`))
  return startFirst(services[name], { ...options, progress })
}

/** As `startService`, for a service that is not in the list. */
export async function startFirst(
  service: Service,
  options: ServiceOptions & { readonly progress: (line: string) => void },
): Promise<ServiceHandle> {
  const reasons: string[] = []
  for (const provider of service.providers) {
    const missing = await provider.missing()
    if (missing !== null) {
      reasons.push(`${provider.name}: ${missing}`)
      continue
    }
    try {
      return await provider.start(options)
    } catch (error) {
      reasons.push(`${provider.name}: ${error instanceof Error ? error.message : String(error)}`)
      // A server named on purpose and not reachable is an answer; starting another one would test something else.
      if (provider.name === 'environment') break
    }
  }
  throw new Error(`${service.name} cannot be had:\n${reasons.map((reason) => `  - ${reason}`).join('\n')}`)
}

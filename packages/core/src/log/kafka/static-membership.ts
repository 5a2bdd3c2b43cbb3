/**
 * Kafka's static membership. kafkajs can write the name of a member into its requests, but nothing in its API takes
 * one: it is added where a broker looks up how a request is encoded.
 */
import type { KafkaBroker } from './cluster-types.ts'

/** JoinGroup, Heartbeat, SyncGroup. Their numbers in Kafka's protocol. */
const namedRequests: ReadonlySet<number> = new Set([11, 12, 14])

/** From now on the broker hears the name with every request of the membership, also after a reconnect. Once per broker. */
export function nameMember(broker: KafkaBroker, groupInstanceId: string): void {
  let lookUp = broker.lookupRequest
  const named: KafkaBroker['lookupRequest'] = (apiKey, definition) => {
    const encode = lookUp(apiKey, definition)
    return namedRequests.has(apiKey) ? (request) => encode({ ...request, groupInstanceId }) : encode
  }
  Object.defineProperty(broker, 'lookupRequest', {
    configurable: true,
    get: () => named,
    // A reconnect sets it anew, to what the broker's version knows.
    set: (next: KafkaBroker['lookupRequest']) => {
      lookUp = next
    },
  })
}

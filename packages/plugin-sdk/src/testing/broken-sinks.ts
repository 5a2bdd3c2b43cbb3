/**
 * The memory sink with one deliberate fault each, by the number of the rule it breaks. They prove that the conformance kit
 * sees each fault, and nothing else in it.
 */
import type { SinkRule } from '../conformance/rules.ts'
import type { BrokenSink } from './break-sink.ts'
import { brokenDefinitions } from './broken-definitions.ts'
import { brokenDeliveries } from './broken-deliveries.ts'
import { brokenFailures } from './broken-failures.ts'
import { brokenLifecycles } from './broken-lifecycles.ts'
import { brokenMembers } from './broken-members.ts'

/** Each makes the definition of a broken sink that writes to the store given. */
export const brokenSinks: Readonly<Record<SinkRule, BrokenSink>> = {
  ...brokenDefinitions,
  ...brokenLifecycles,
  ...brokenDeliveries,
  ...brokenFailures,
  ...brokenMembers,
}

/** F15: messages that no dead letter can hold. */
import { definePoison } from '../poison/poison-scenario.ts'

export default definePoison({
  id: 'F15',
  name: 'huge-message',
  fault: 'messages of 11 MiB that fail; the dead-letter topic takes 1 MiB',
  invariant: 'the dead letter is reduced to a reference with size and hash; nothing blocks, memory bounded',
  tiers: { hour: { messages: 150, seeds: 2 } },
  shares: { huge: 2, huge_cut: 2 },
  // max_buffered_bytes (64 MiB), decoded twice as text, and what kafkajs holds of the responses it is reading.
  limits: { rssMb: 900 },
  topics: { source: { 'max.message.bytes': String(16 * 2 ** 20) }, deadLetters: { 'max.message.bytes': String(2 ** 20) } },
})

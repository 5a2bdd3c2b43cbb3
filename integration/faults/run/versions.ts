/** What the figures were measured on, without naming the machine. */
import { availableParallelism, platform, totalmem } from 'node:os'
import { kafkaVersion } from '../../services/kafka-native.ts'

export function versions(): Readonly<Record<string, string>> {
  return {
    node: process.versions.node,
    kafka: kafkaVersion,
    system: platform(),
    cores: String(availableParallelism()),
    memory_gib: String(Math.round(totalmem() / 2 ** 30)),
  }
}

/**
 * Pure: cuts records into requests. kafkajs puts all records of one partition in a request into one batch, and the
 * broker refuses a batch above `message.max.bytes` (1 MiB by default) even when each record is small.
 */
export interface SizedRecord {
  readonly topic: string
  readonly partition: number
  readonly bytes: number
}

export interface BatchLimits {
  readonly maxBytesPerPartition: number
  readonly maxBytesPerRequest: number
}

/**
 * The records in order, cut so that no request holds too much. A record that is too large by itself goes alone for its
 * partition and gets the broker's answer.
 */
export function planBatches<R extends SizedRecord>(records: readonly R[], limits: BatchLimits): readonly (readonly R[])[] {
  const requests: R[][] = []
  let current: R[] = []
  let requestBytes = 0
  let partitionBytes = new Map<string, number>()
  for (const record of records) {
    const key = `${record.partition} ${record.topic}`
    const inPartition = partitionBytes.get(key) ?? 0
    const isFull =
      (inPartition > 0 && inPartition + record.bytes > limits.maxBytesPerPartition) ||
      (requestBytes > 0 && requestBytes + record.bytes > limits.maxBytesPerRequest)
    if (isFull) {
      requests.push(current)
      current = []
      requestBytes = 0
      partitionBytes = new Map()
    }
    current.push(record)
    requestBytes += record.bytes
    partitionBytes.set(key, (partitionBytes.get(key) ?? 0) + record.bytes)
  }
  if (current.length > 0) requests.push(current)
  return requests
}

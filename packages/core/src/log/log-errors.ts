/** Failures the logs of this package have in common. */
import { LogError } from '@drakkar/plugin-sdk/log'

export function topicMissing(topic: string): LogError {
  return new LogError({ kind: 'permanent', code: 'DRK_LOG_TOPIC_MISSING', message: `topic ${topic} does not exist` })
}

/** `what`: consumer, producer, log. */
export function logClosed(what: string): LogError {
  return new LogError({ kind: 'fatal', code: 'DRK_LOG_CLOSED', message: `the ${what} is closed` })
}

export function notConnected(): LogError {
  return new LogError({ kind: 'permanent', message: 'the producer is not connected: call connect() first' })
}

export function startedTwice(): LogError {
  return new LogError({ kind: 'permanent', message: 'a consumer starts once: make another one' })
}

export function instanceTaken(group: string, groupInstanceId: string): LogError {
  const advice = 'kafka.group_instance_id must be different for each worker'
  return new LogError({ kind: 'fatal', message: `another member of group ${group} has joined as "${groupInstanceId}": ${advice}` })
}

export function partitionMissing(topic: string, partition: number): LogError {
  return new LogError({ kind: 'permanent', message: `topic ${topic} has no partition ${partition}` })
}

export interface OutOfRange {
  readonly topic: string
  readonly partition: number
  readonly next: number
  readonly start: number
  readonly end: number
  readonly policy: 'stop' | 'earliest' | 'latest'
}

export function offsetOutOfRange(place: OutOfRange): LogError {
  const outcome = place.policy === 'stop' ? 'the partition stays silent' : `continuing at the ${place.policy} offset`
  return new LogError({
    kind: 'permanent',
    code: 'DRK_LOG_OFFSET_OUT_OF_RANGE',
    message: `offset ${place.next} of ${place.topic}[${place.partition}] does not exist (${place.start} to ${place.end}): ${outcome}`,
  })
}

export function listenerThrew(cause: unknown): LogError {
  return new LogError({ kind: 'fatal', code: 'DRK_INTERNAL', message: 'the listener of the consumer threw', cause })
}

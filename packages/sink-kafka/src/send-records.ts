/**
 * Sends the records of a batch and finds out which of them a refusal is about. kafkajs reports one error for a whole request,
 * so a refused request is sent again in smaller ones.
 */
import { SinkError } from '@drakkar/plugin-sdk'
import { classifyKafkaError, type KafkaFailure } from './classify-error.ts'
import type { KafkaClient } from './client.ts'
import { cutRequests, narrow } from './cut-requests.ts'
import type { OutgoingRecord } from './request.ts'

export interface SendOptions {
  readonly client: Pick<KafkaClient, 'send'>
  readonly maxRequestBytes: number
  /** The configured topic. Another one is named by a payload, so that its absence is the payload's fault. */
  readonly topic: string
  readonly signal: AbortSignal
}

/** Resolves with the failed records; all others arrived. Order within a partition is kept. */
export async function sendRecords(records: readonly OutgoingRecord[], options: SendOptions): Promise<Map<OutgoingRecord, SinkError>> {
  const failed = new Map<OutgoingRecord, SinkError>()
  const waiting = cutRequests(records, options.maxRequestBytes)
  for (let request = waiting.shift(); request !== undefined; request = waiting.shift()) {
    const failure = await sendOne(request, options)
    if (failure === null) continue
    const smaller = narrow(failure.records, failure.scope)
    waiting.unshift(...smaller)
    if (smaller.length > 0) continue
    for (const record of failure.records) failed.set(record, describe(record, failure, options.topic))
    const held = failure.error.kind === 'permanent' ? [] : takeBehind(waiting, failure)
    for (const record of held) failed.set(record, notSent(failure, options.topic))
  }
  return failed
}

/** Takes out of `waiting` what must not overtake records that will be tried again: everything, or what is for their topic. */
function takeBehind(waiting: OutgoingRecord[][], { records, scope }: RequestFailure): readonly OutgoingRecord[] {
  const topics = new Set(records.map(({ topic }) => topic))
  const isBehind = (record: OutgoingRecord): boolean => scope !== 'topic' || topics.has(record.topic)
  const behind = waiting.flat().filter(isBehind)
  const others = waiting.map((request) => request.filter((record) => !isBehind(record)))
  waiting.splice(0, waiting.length, ...others.filter((request) => request.length > 0))
  return behind
}

interface RequestFailure extends KafkaFailure {
  readonly records: readonly OutgoingRecord[]
}

async function sendOne(records: readonly OutgoingRecord[], { client, topic, signal }: SendOptions): Promise<RequestFailure | null> {
  if (signal.aborted) return { records, scope: 'all', error: new SinkError({ kind: 'transient', message: 'The call was aborted' }) }
  try {
    const missing = await client.send(records)
    return missing.length === 0 ? null : { records: missing, scope: 'all', error: notAcknowledged() }
  } catch (error) {
    const failure = classifyKafkaError(error)
    return { ...failure, records, error: ownTopic(failure, records, topic) }
  }
}

/** A topic that is missing although `connect` saw it may come back; one that a payload names will not. */
function ownTopic({ error, scope }: KafkaFailure, records: readonly OutgoingRecord[], topic: string): SinkError {
  if (scope !== 'topic' || error.kind === 'permanent' || records.some((record) => record.topic === topic)) return error
  return new SinkError({ kind: 'permanent', message: error.message, cause: error })
}

function describe(record: OutgoingRecord, { error }: KafkaFailure, topic: string): SinkError {
  const { kind, retryAfterMs } = error
  const where = record.topic === topic ? '' : ' (named by the payload)'
  const message = `Payload ${record.index} was not produced to topic ${JSON.stringify(record.topic)}${where}: ${error.message}`
  return new SinkError({ kind, retryAfterMs, message, cause: error })
}

function notAcknowledged(): SinkError {
  return new SinkError({ kind: 'transient', message: 'The broker did not acknowledge the record' })
}

function notSent(failure: RequestFailure, topic: string): SinkError {
  const { kind, retryAfterMs } = failure.error
  const [first] = failure.records
  const reason = first === undefined ? failure.error.message : describe(first, failure, topic).message
  return new SinkError({
    kind,
    retryAfterMs,
    message: `Not sent, because it must not overtake an earlier payload. ${reason}`,
    cause: failure.error,
  })
}

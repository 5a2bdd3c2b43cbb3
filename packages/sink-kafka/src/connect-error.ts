/** Failures of `connect` and `check`, with the text an operator needs. */
import { SinkError, type SinkErrorKind } from '@drakkar/plugin-sdk'
import { classifyKafkaError, isAuthenticationError, isTopicMissing } from './classify-error.ts'

/** Waits for `work`; `topic` names what it looked for, for the error when it is missing. */
export async function whileConnecting(work: Promise<unknown>, topic?: string): Promise<void> {
  try {
    await work
  } catch (error) {
    if (topic !== undefined && isTopicMissing(error)) {
      throw connectError('permanent', `Topic ${JSON.stringify(topic)} does not exist: create it, or correct \`topic\``, error)
    }
    const { error: classified } = classifyKafkaError(error)
    throw connectError(isAuthenticationError(error) ? 'permanent' : classified.kind, classified.message, error)
  }
}

export function connectError(kind: SinkErrorKind, message: string, cause?: unknown): SinkError {
  return new SinkError({ kind, code: 'DRK_SINK_CONNECT_FAILED', message, cause })
}

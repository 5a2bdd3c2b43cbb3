// One message asks for one search; one search is one run of ./search.sh.
import { DeliveryAction, ErrorAction, defineHandler, task } from '@drakkar/core'
import { Type } from 'typebox'

const SearchRequest = Type.Object({
  request_id: Type.String(),
  pattern: Type.String({ minLength: 1 }),
  file: Type.String({ minLength: 1 }),
})

/** Exit code of search.sh for a failure that passes by itself. */
const temporaryFailure = 75

export default defineHandler({
  input: SearchRequest,

  arrange(messages) {
    return messages.map((message) =>
      task({
        from: message,
        args: [message.payload.pattern, message.payload.file],
        labels: { request_id: message.payload.request_id },
        metadata: message.payload,
      }),
    )
  },

  onTaskComplete(result) {
    const { request_id, pattern, file } = result.task.metadata
    const matches = result.stdout.split('\n').filter((line) => line !== '')
    const summary = `${request_id} ${pattern} ${matches.length} ${file}`
    if (matches.length === 0) return { file_line: [{ data: summary }] }
    return {
      files: [{ path: 'matches.jsonl', data: { request_id, pattern, file, match_count: matches.length, matches: matches.slice(0, 3) } }],
      file_line: [{ data: summary }],
    }
  },

  onError(failed, error) {
    return error.exitCode === temporaryFailure ? ErrorAction.RETRY : ErrorAction.DLQ
  },

  onDeliveryError(error) {
    return error.transient ? DeliveryAction.RETRY : DeliveryAction.DLQ
  },
})

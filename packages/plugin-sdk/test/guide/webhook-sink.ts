import { classifyThrown, defineSink, described, failure, jsonText, ok, secret, SinkError, type SinkResponse } from '@drakkar/plugin-sdk'
import { Type } from 'typebox'

/** The one thing this sink needs of HTTP: resolves with the status. Tests give another one. */
export type Post = (url: string, init: { body: string; headers: Record<string, string>; signal: AbortSignal }) => Promise<number>

const fetchPost: Post = async (url, init) => (await fetch(url, { method: 'POST', ...init })).status

export const webhookSink = (post: Post = fetchPost) =>
  defineSink({
    type: 'webhook',
    config: Type.Object(
      {
        url: described(Type.String(), 'Where each payload is posted.'),
        token: described(secret({ default: '' }), 'Sent as a bearer token. Empty: none.'),
      },
      { additionalProperties: false },
    ),
    payload: Type.Object({ text: described(Type.String(), 'What to say.') }, { additionalProperties: false }),
    create: ({ url, token }) => ({
      deliver: (batch, { signal }) =>
        Promise.all(
          batch.map(async ({ id, payload }): Promise<SinkResponse> => {
            const headers = { 'idempotency-key': id, ...(token === '' ? {} : { authorization: `Bearer ${token}` }) }
            const error = await post(url, { body: jsonText(payload), headers, signal }).then(problemOf, classifyThrown)
            return error === null ? ok(id) : failure(id, error)
          }),
        ),
    }),
  })

function problemOf(status: number): SinkError | null {
  if (status < 300) return null
  return new SinkError({ kind: status >= 500 || status === 429 ? 'transient' : 'permanent', message: `The receiver answered ${status}` })
}

export default webhookSink()

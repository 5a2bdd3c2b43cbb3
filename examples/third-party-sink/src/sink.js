/** Posts each payload by itself and answers for each. There is no connection, so `deliver` is all there is. */
import { classifyError, failure, ok } from '@drakkar/plugin-sdk'
import { answerError } from './classify-error.js'
import { signedRequest } from './request.js'

/**
 * @param {{ url: string, signing_secret: string }} config
 * @param {import('./client.js').Post} post
 * @returns {import('@drakkar/plugin-sdk').Sink<import('./request.js').Event>}
 */
export function createSignedWebhookSink({ url, signing_secret: secret }, post) {
  return {
    deliver: (batch, { signal }) =>
      Promise.all(
        batch.map(async ({ id, payload }) => {
          try {
            const error = answerError(await post(url, signedRequest(payload, { id, secret, nowMs: Date.now() }), signal))
            return error === null ? ok(id) : failure(id, error)
          } catch (error) {
            return failure(id, classifyError(error))
          }
        }),
      ),
  }
}

import assert from 'node:assert/strict'
import { it } from 'node:test'
import { answerError } from '../src/classify-error.js'
import { signature, signedRequest } from '../src/request.js'

await it('signs as the example of the Standard Webhooks specification', () => {
  const content = 'msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{"test": 2432232314}'
  assert.equal(signature(content, 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'), 'g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=')
})

await it('names the payload by its id and the second it was signed in', () => {
  const { body, headers } = signedRequest({ type: 'a', data: [1n] }, { id: 'p1', secret: 'whsec_AAAA', nowMs: 1_614_265_330_999 })
  assert.equal(body, '{"type":"a","data":[1]}')
  assert.equal(headers['webhook-id'], 'p1')
  assert.equal(headers['webhook-timestamp'], '1614265330')
})

await it('takes the waiting time of a receiver that has too much to do', () => {
  const kindOf = (/** @type {number} */ status, retryAfter = null) => answerError({ status, retryAfter })?.kind
  assert.deepEqual(
    [204, 301, 404, 429, 503].map((status) => kindOf(status)),
    [undefined, 'permanent', 'permanent', 'transient', 'transient'],
  )
  assert.equal(answerError({ status: 429, retryAfter: '2' })?.retryAfterMs, 2000)
})

/** A receiver in memory. It checks signatures as a receiver should, keeps what it accepts and fails on demand. */
import { createHmac } from 'node:crypto'

const key = Buffer.from('opensesame')
export const signingSecret = `whsec_${key.toString('base64')}`

export class FakeReceiver {
  /** @type {unknown[]} */
  received = []
  isUp = true
  /** Null while it answers at once. @type {Promise<void> | null} */
  #stalled = null
  #goOn = () => {}

  /** @type {import('../src/client.js').Post} */
  post = async (_url, { body, headers }, signal) => {
    if (!this.isUp) throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
    if (this.#stalled !== null) await Promise.race([this.#stalled, aborted(signal)])
    const content = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`
    const expected = createHmac('sha256', key).update(content).digest('base64')
    if (headers['webhook-signature'] !== `v1,${expected}`) return { status: 401, retryAfter: null }
    const event = JSON.parse(body)
    if (event.type === 'rude') return { status: 422, retryAfter: null }
    this.received.push(event)
    return { status: 204, retryAfter: null }
  }

  stall() {
    this.#stalled = new Promise((resolve) => {
      this.#goOn = resolve
    })
  }

  unstall() {
    this.#goOn()
    this.#stalled = null
  }
}

/** @param {AbortSignal} signal @returns {Promise<never>} */
function aborted(signal) {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}

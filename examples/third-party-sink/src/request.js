/** One event as the request that is sent: body and signature, as Standard Webhooks (standardwebhooks.com) describes them. Pure. */
import { createHmac } from 'node:crypto'
import { jsonText } from '@drakkar/plugin-sdk'

/**
 * @typedef {{ type: string, data: unknown }} Event
 * @typedef {{ body: string, headers: Record<string, string> }} SignedRequest
 */

/**
 * Throws when `data` has no JSON text.
 *
 * @param {Event} event
 * @param {{ id: string, secret: string, nowMs: number }} signing
 * @returns {SignedRequest}
 */
export function signedRequest({ type, data }, { id, secret, nowMs }) {
  const body = jsonText({ type, data })
  const timestamp = String(Math.floor(nowMs / 1000))
  const headers = {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': `v1,${signature(`${id}.${timestamp}.${body}`, secret)}`,
  }
  return { body, headers }
}

/** @param {string} content @param {string} secret `whsec_…` */
export function signature(content, secret) {
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64')
  return createHmac('sha256', key).update(content).digest('base64')
}

/** The port to HTTP, on Node's own fetch. Tests give a function of their own instead. */

/**
 * @typedef {{ status: number, retryAfter: string | null }} Answer
 * @typedef {(url: string, request: import('./request.js').SignedRequest, signal: AbortSignal) => Promise<Answer>} Post
 */

/** Rejects when there is no answer. Redirects are answers: a signature is meant for one receiver. @type {Post} */
export async function fetchPost(url, { body, headers }, signal) {
  const response = await fetch(url, { method: 'POST', body, headers, signal, redirect: 'manual' })
  await response.body?.cancel()
  return { status: response.status, retryAfter: response.headers.get('retry-after') }
}

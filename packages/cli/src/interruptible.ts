/** For calls that take no signal, so that Ctrl+C does not wait for a broker that never answers. */
import type { MessageLog } from '@drakkar/plugin-sdk/log'

const closeWithinMs = 2000

/** Rejects when the signal aborts first; the call itself goes on unobserved. */
export async function orAborted<T>(call: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted()
  const over = new AbortController()
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error('stopped by a signal')), { once: true, signal: over.signal })
  })
  try {
    return await Promise.race([call, aborted])
  } finally {
    over.abort()
  }
}

/** Closes the log; after a signal it waits two seconds at most, because the process ends anyway. */
export async function closeLog(log: MessageLog, signal: AbortSignal): Promise<void> {
  if (!signal.aborted) return log.close()
  let timer: NodeJS.Timeout | undefined
  const waited = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, closeWithinMs)
  })
  await Promise.race([log.close(), waited])
  clearTimeout(timer)
}

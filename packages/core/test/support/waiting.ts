/** Waiting for conditions instead of times. */

/** Resolves when the condition holds; rejects after a generous deadline so that a hang ends. */
export async function until(condition: () => boolean, deadlineMs = 15_000): Promise<void> {
  const end = performance.now() + deadlineMs
  while (!condition()) {
    if (performance.now() > end) throw new Error(`waited ${deadlineMs} ms in vain for: ${condition.toString()}`)
    await new Promise((resolve) => setImmediate(resolve))
  }
}

export interface Gate {
  readonly opened: Promise<void>
  open(): void
}

export function createGate(): Gate {
  let open: () => void = () => undefined
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { opened, open: () => open() }
}

/** Work with a fixed number of pieces under way: the next begins as soon as one has ended. */

/** Rejects with the first failure; what is under way then is not waited for. */
export async function runAtOnce<T>(items: readonly T[], atOnce: number, work: (item: T) => Promise<void>): Promise<void> {
  const waiting = items.values()
  const worker = async (): Promise<void> => {
    for (const item of waiting) await work(item)
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker))
}

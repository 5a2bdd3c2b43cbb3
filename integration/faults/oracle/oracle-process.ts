/** The oracle's process: answers its parent, and ends with it. No fault is ever aimed at it. */
import { Oracle } from './oracle.ts'
import type { OracleAnswer, OracleRequest } from './oracle-api.ts'

const oracle = new Oracle()

process.on('message', (request: OracleRequest) => void answer(request))
process.on('disconnect', () => process.exit(1))
// A signal to the whole process group of a terminal ends the runner, which then ends us.
process.on('SIGINT', () => undefined)

async function answer({ call, method, args }: OracleRequest): Promise<void> {
  const reply = await run(method, args)
  if (!process.connected) return
  process.send?.({ call, ...reply } satisfies OracleAnswer)
  if (method === 'close') process.exit(0)
}

async function run(method: OracleRequest['method'], args: readonly unknown[]): Promise<Omit<OracleAnswer, 'call'>> {
  try {
    const handle = oracle[method] as (...given: readonly unknown[]) => Promise<unknown>
    return { value: await handle.apply(oracle, [...args]) }
  } catch (error) {
    return { error: error instanceof Error ? (error.stack ?? error.message) : String(error) }
  }
}

/** The runner's end of the oracle's process. */
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { compiledFolder } from '../places.ts'
import type { OracleAnswer, OracleApi, OracleMethod, OracleRequest } from './oracle-api.ts'

const program = join(compiledFolder, 'faults', 'oracle', 'oracle-process.js')

type Waiting = { readonly resolve: (value: unknown) => void; readonly reject: (error: Error) => void }

/** `oracle.verdict()` and so on, asked over the channel; rejects when the oracle is gone. */
export type OracleClient = OracleApi & { readonly pid: number }

export function startOracle(): OracleClient {
  const child = fork(program, [], {
    execArgv: [],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    serialization: 'advanced',
    env: plainEnvironment(),
  })
  const waiting = new Map<number, Waiting>()
  let calls = 0
  child.on('message', ({ call, value, error }: OracleAnswer) => {
    const asked = waiting.get(call)
    waiting.delete(call)
    if (error === undefined) asked?.resolve(value)
    else asked?.reject(new Error(`oracle: ${error}`))
  })
  child.on('exit', () => {
    for (const { reject } of waiting.values()) reject(new Error('the oracle has ended'))
  })
  const ask = (method: OracleMethod, args: readonly unknown[]): Promise<unknown> =>
    new Promise((resolve, reject) => {
      calls += 1
      waiting.set(calls, { resolve, reject })
      const request: OracleRequest = { call: calls, method, args }
      child.send(request, (error) => {
        if (error !== null) reject(error)
      })
    })
  return clientOf(child, ask)
}

function clientOf(child: ChildProcess, ask: (method: OracleMethod, args: readonly unknown[]) => Promise<unknown>): OracleClient {
  const method =
    <M extends OracleMethod>(name: M) =>
    (...args: Parameters<OracleApi[M]>) =>
      ask(name, args) as ReturnType<OracleApi[M]>
  return {
    pid: child.pid ?? 0,
    open: method('open'),
    produce: method('produce'),
    status: method('status'),
    countKill: method('countKill'),
    forgive: method('forgive'),
    offsets: method('offsets'),
    look: method('look'),
    recovery: method('recovery'),
    verdict: method('verdict'),
    close: async () => {
      const gone = once(child, 'exit')
      await Promise.race([ask('close', []), gone])
      await gone
    },
  }
}

/** The test run's variables are settings of workers, not of the oracle. */
function plainEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(?:DRAKKAR_|NODE_OPTIONS$|VITEST)/.test(name)))
}

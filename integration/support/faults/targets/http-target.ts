/** A receiver in a process of its own, reached under two paths: one without and one with an idempotency key. */
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { FaultProxy } from '../../fault-proxy.ts'
import type { Target, TargetInstance } from '../target.ts'

const program = fileURLToPath(new URL('../../../fixtures/faults/http-stub.mjs', import.meta.url))

/** How the receiver answers. `matching`: only to ids with this text; `every`: to every so-many-th, once. */
export type HttpMode =
  | { readonly kind: 'ok' }
  | {
      readonly kind: 'status'
      readonly status: number
      readonly retryAfter?: number
      readonly every?: number
      readonly matching?: string
    }
  | { readonly kind: 'hang'; readonly matching?: string }

export interface HttpCounts {
  readonly requests: number
  /** Requests answered as the mode says. */
  readonly faults: number
}

export class HttpTarget implements Target {
  readonly label = 'http'
  readonly type = 'http'
  readonly payloadKey = 'http'
  readonly instances: readonly TargetInstance[]
  readonly #folder: string
  #stub: { readonly child: ChildProcess; readonly port: number }
  #questions = 0

  private constructor(options: { folder: string; stub: { child: ChildProcess; port: number }; instances: readonly TargetInstance[] }) {
    this.#folder = options.folder
    this.#stub = options.stub
    this.instances = options.instances
  }

  static async start(names: readonly ('plain' | 'keyed')[] = ['plain', 'keyed'], own: object = {}): Promise<HttpTarget> {
    const folder = await mkdtemp(join(tmpdir(), 'drakkar-http-'))
    const stub = await startStub(0, folder)
    const instances = await Promise.all(names.map((name) => createInstance({ name, folder, port: stub.port, own })))
    return new HttpTarget({ folder, stub, instances })
  }

  /** Resolves when the receiver answers in the new way. */
  async answer(mode: HttpMode): Promise<HttpCounts> {
    return this.#ask({ mode })
  }

  counts(): Promise<HttpCounts> {
    return this.#ask({})
  }

  async kill(): Promise<void> {
    this.#stub.child.kill('SIGKILL')
    await once(this.#stub.child, 'exit')
  }

  async restart(): Promise<void> {
    this.#stub = await startStub(this.#stub.port, this.#folder)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { proxy } of this.instances) await proxy?.close()
    this.#stub.child.kill('SIGKILL')
    await rm(this.#folder, { recursive: true, force: true })
  }

  #ask(message: { readonly mode?: HttpMode }): Promise<HttpCounts> {
    const { child } = this.#stub
    this.#questions += 1
    const question = this.#questions
    return new Promise((resolve) => {
      const listen = (answer: HttpCounts & { readonly answer?: number }): void => {
        if (answer.answer !== question) return
        child.off('message', listen)
        resolve(answer)
      }
      child.on('message', listen)
      child.send({ ...message, question })
    })
  }
}

async function startStub(port: number, folder: string): Promise<{ child: ChildProcess; port: number }> {
  const child = fork(program, [JSON.stringify({ port, file: join(folder, 'effects.jsonl') })], { execArgv: [] })
  const [listening] = (await once(child, 'message')) as [{ port: number }]
  return { child, port: listening.port }
}

interface InstanceOptions {
  readonly name: 'plain' | 'keyed'
  readonly folder: string
  readonly port: number
  readonly own: object
}

async function createInstance({ name, folder, port, own }: InstanceOptions): Promise<TargetInstance> {
  const proxy = await FaultProxy.start({ host: '127.0.0.1', port })
  const keyed = name === 'keyed' ? { idempotency_key_header: 'Idempotency-Key', max_retries: 1 } : {}
  return {
    name,
    config: { url: `http://127.0.0.1:${proxy.port}/${name}`, timeout_seconds: 1, ...keyed, ...own },
    proxy,
    ordered: false,
    once: name === 'keyed',
    retriesInside: name === 'keyed',
    acknowledged: 'POST /',
    delivered: async () => {
      const text = await readFile(join(folder, 'effects.jsonl'), 'utf8').catch(() => '')
      const effects: { path: string; id: string }[] = text
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line))
      return effects.filter(({ path }) => path === `/${name}`).map(({ id }) => id)
    },
  }
}

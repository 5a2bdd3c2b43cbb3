import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { cacheDirectory } from './cache-directory.ts'
import { freePorts } from './free-ports.ts'
import { kafkaAnswers } from './kafka-probe.ts'
import { runNative, startNative } from './native-process.ts'
import type { ProviderName, ServiceHandle, ServiceProvider } from './service.ts'
import { startFirst } from './start-service.ts'
import { waitUntilReady } from './wait-until-ready.ts'

const progress = (): void => undefined

function provider(name: ProviderName, outcome: { missing?: string; fails?: string }): ServiceProvider {
  const nothing = async (): Promise<void> => undefined
  const handle: ServiceHandle = {
    name: 's',
    url: name,
    provider: name,
    limits: [],
    stop: nothing,
    kill: nothing,
    start: nothing,
    dispose: nothing,
    [Symbol.asyncDispose]: nothing,
  }
  return {
    name,
    missing: async () => outcome.missing ?? null,
    start: async () => {
      if (outcome.fails !== undefined) throw new Error(outcome.fails)
      return handle
    },
  }
}

describe('startFirst', () => {
  it('takes the first provider that can be tried and works', async () => {
    const providers = [
      provider('environment', { missing: 'no variable' }),
      provider('docker', { fails: 'no image' }),
      provider('native', {}),
    ]
    expect((await startFirst({ name: 's', providers }, { progress })).provider).toBe('native')
  })

  it('says what each provider lacks when none works', async () => {
    const providers = [
      provider('environment', { missing: 'set X' }),
      provider('docker', { missing: 'start Docker' }),
      provider('native', { fails: 'no Java' }),
    ]
    await expect(startFirst({ name: 's', providers }, { progress })).rejects.toThrow(/s cannot be had:[^]*set X[^]*start Docker[^]*no Java/)
  })

  it('does not replace a server that was named and does not answer', async () => {
    const providers = [provider('environment', { fails: 'not reachable' }), provider('native', {})]
    await expect(startFirst({ name: 's', providers }, { progress })).rejects.toThrow('not reachable')
  })
})

describe('cacheDirectory', () => {
  it('can be chosen, else is per user', () => {
    expect(cacheDirectory({ DRAKKAR_SERVICES_CACHE: '/c' })).toBe('/c')
    expect(cacheDirectory({ XDG_CACHE_HOME: '/x' })).toBe(join('/x', 'drakkar', 'services'))
  })
})

describe('waitUntilReady', () => {
  it('fails at once when the server has ended', async () => {
    const waiting = waitUntilReady({ what: 'it', withinMs: 60_000, probe: async () => false, ended: Promise.resolve('1') })
    await expect(waiting).rejects.toThrow('it ended before it answered (1)')
  })

  it('fails when the time is up', async () => {
    await expect(waitUntilReady({ what: 'it', withinMs: 0, probe: async () => false })).rejects.toThrow('did not answer')
  })
})

describe('kafkaAnswers', () => {
  it('is not satisfied with an open port', async () => {
    const server = createServer((socket) => socket.end())
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    expect(await kafkaAnswers(`127.0.0.1:${port}`)).toBe(false)
    server.close()
    expect(await kafkaAnswers(`127.0.0.1:${(await freePorts(1))[0]}`)).toBe(false)
  })
})

describe('native processes', () => {
  it('keep their output, end on demand and tell how', async () => {
    await using directory = await temporary()
    const logFile = join(directory.path, 'out')
    const server = await startNative({ command: '/bin/sh', args: ['-c', 'echo started; exec sleep 600'], logFile, cwd: directory.path })
    await waitUntilReady({
      what: 'output',
      withinMs: 20_000,
      probe: async () => (await readFile(logFile, 'utf8')).includes('started'),
      ended: server.ended,
    })
    await server.end('SIGTERM')
    expect(await server.ended).toBe('SIGTERM')
  })

  it('do not outlive whoever started them, however that ended', async () => {
    await using directory = await temporary()
    const module = new URL('../dist/services/native-process.js', import.meta.url)
    const options = JSON.stringify({ command: 'sleep', args: ['600'], logFile: join(directory.path, 'out'), cwd: directory.path })
    await runNative({
      command: 'npx',
      args: ['tsc', '-p', 'tsconfig.services.json'],
      logFile: join(directory.path, 'tsc'),
      cwd: join(import.meta.dirname, '..'),
    })
    const script = `import { startNative } from ${JSON.stringify(module.href)}; const p = await startNative(${options}); console.log(p.pid); setInterval(() => {}, 1e6)`
    const parent = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
    const [chunk]: unknown[] = await once(parent.stdout, 'data')
    const pid = Number(String(chunk))
    expect(isAlive(pid)).toBe(true)
    parent.kill('SIGKILL')
    await waitUntilReady({ what: 'the end of the child', withinMs: 20_000, probe: async () => !isAlive(pid) })
  })
})

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

async function temporary(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'drakkar-services-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

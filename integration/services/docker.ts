/** A server in a container, where a Docker daemon answers. */
import { existsSync } from 'node:fs'
import { request } from 'node:http'
import { homedir } from 'node:os'
import { join } from 'node:path'

import type { GenericContainer } from 'testcontainers'

const pingWithinMs = 2000

/** Null when a Docker daemon answers. */
export async function missingDocker(): Promise<string | null> {
  const advice = 'start Docker'
  if (process.env['DOCKER_HOST']) return null
  const runtime = process.env['XDG_RUNTIME_DIR']
  const candidates = [
    '/var/run/docker.sock',
    join(homedir(), '.docker/run/docker.sock'),
    ...(runtime ? [join(runtime, 'docker.sock')] : []),
  ]
  for (const socketPath of candidates) if (existsSync(socketPath) && (await answersPing(socketPath))) return null
  return advice
}

function answersPing(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const call = request({ socketPath, path: '/_ping', timeout: pingWithinMs }, (response) => {
      response.resume()
      resolve(response.statusCode === 200)
    })
    call.once('timeout', () => call.destroy())
    call.once('error', () => resolve(false))
    call.end()
  })
}

export interface StartedContainer {
  stop(): Promise<void>
  kill(): Promise<void>
  start(): Promise<void>
  remove(): Promise<void>
}

/** Starts a container whose ports are fixed, so that it can be stopped and started again under the same address. */
export async function startContainer(container: GenericContainer): Promise<StartedContainer> {
  const { getContainerRuntimeClient } = await import('testcontainers')
  const started = await container.start()
  const client = await getContainerRuntimeClient()
  const raw = client.container.getById(started.getId())
  return {
    stop: async () => void (await raw.stop()),
    kill: async () => void (await raw.kill()),
    start: async () => void (await raw.start()),
    remove: async () => void (await raw.remove({ force: true, v: true })),
  }
}

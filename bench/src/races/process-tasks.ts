/** R3: how many external programs per second, against a loop that does nothing but start them. */
import { spawnSync } from 'node:child_process'
import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openLog, validateConfig } from '@drakkar/core'
import { batches, messages } from '../messages.ts'
import { contenderPath, packageFolder } from '../package-folder.ts'
import { problemLogger } from '../problem-logger.ts'
import type { Contender, LeftOut, OpenRace, Race, RaceContext } from '../race.ts'
import { writeWorkerConfig } from '../worker-config.ts'

const atOnce = 4
const partitions = 8
const batchSize = 500
const topic = 'bench'

export const processTasks: Race = {
  name: 'process-tasks',
  title: 'One /bin/true per message',
  about:
    `Start /bin/true once per message, ${atOnce} at a time. The loops are measured from the first start to the last end; Drakkar from the ` +
    'first records of an embedded log to the last commit, with a null sink in between.',
  defaultMessages: 1_500,
  open,
}

async function open(context: RaceContext): Promise<OpenRace> {
  const filled = join(context.folder, 'filled.db')
  await fill(filled, context.messages)
  const { limits, leftOut } = limitsOf(context)
  return { contenders: [...limits, nodeSpawn(context), drakkar(context, filled)], leftOut, close: () => Promise.resolve() }
}

/** The loop of C where it can be compiled, else that of the shell. */
function limitsOf(context: RaceContext): { readonly limits: Contender[]; readonly leftOut: LeftOut[] } {
  const program = join(context.folder, 'spawn-loop')
  const compiler = process.env['CC'] ?? 'cc'
  const args = [String(context.messages), String(atOnce)]
  const compiled = spawnSync(compiler, ['-O2', '-o', program, join(packageFolder, 'native', 'spawn-loop.c')], { encoding: 'utf8' })
  if (compiled.status === 0) return { limits: [fixed('c', 'posix_spawn and wait in C, nothing else', [program, ...args])], leftOut: [] }
  const leftOut = [{ name: 'c', reason: `${compiler} cannot compile it: ${compiled.error?.message ?? compiled.stderr.trim()}` }]
  if (spawnSync('xargs', ['--version']).status === 0) {
    return { limits: [fixed('xargs', 'xargs -P, the shell’s own loop', [process.execPath, contenderPath('xargs'), ...args])], leftOut }
  }
  return { limits: [], leftOut: [...leftOut, { name: 'xargs', reason: 'there is no xargs with -P' }] }
}

function nodeSpawn({ messages: count }: RaceContext): Contender {
  const about = 'child_process.spawn with three pipes in a bare loop of Node'
  return fixed('node-spawn', about, [process.execPath, contenderPath('node-spawn'), String(count), String(atOnce)])
}

/** A contender without data of its own. */
function fixed(name: string, about: string, [command = '', ...args]: readonly string[]): Contender {
  return { name, about, prepare: () => Promise.resolve({ command, args, verify: () => Promise.resolve() }) }
}

function drakkar(context: RaceContext, filled: string): Contender {
  return {
    name: 'drakkar',
    about: `Drakkar with its defaults, max_executors ${atOnce}`,
    prepare: async (id) => {
      const path = join(context.folder, `${id}.db`)
      await copyFile(filled, path)
      const config = await writeWorkerConfig(join(context.folder, `${id}.yaml`), {
        embedded: { path, source_topic: topic, partitions },
        executor: { binary_path: '/bin/true', max_executors: atOnce },
        sinks: { null: { discard: {} } },
      })
      const args = [contenderPath('drakkar-processes'), config, String(context.messages)]
      // The worker's own end is the check: all offsets committed, nothing dead-lettered.
      return { command: process.execPath, args, verify: () => Promise.resolve() }
    },
  }
}

async function fill(path: string, count: number): Promise<void> {
  const { config } = validateConfig({ embedded: { path, source_topic: topic, partitions } })
  const log = await openLog(config, { logger: problemLogger, workerId: 'bench' })
  try {
    await log.admin().createTopic(topic, partitions)
    const producer = log.producer()
    await producer.connect({ signal: AbortSignal.timeout(30_000) })
    for (const batch of batches(messages(count), batchSize)) {
      await producer.send(batch.map(({ key, value }) => ({ topic, key: Buffer.from(key), value: Buffer.from(value) })))
    }
    await producer.close()
  } finally {
    await log.close()
  }
}

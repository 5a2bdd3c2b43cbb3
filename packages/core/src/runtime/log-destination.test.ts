import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { consoleLine, openLogDestination } from './log-destination.ts'

const worker = { workerId: 'w-1', clusterName: 'east', replica: 1 }

describe('consoleLine', () => {
  it('shows time, level, event and the fields of this line only', () => {
    const line = JSON.stringify({
      level: 'warning',
      timestamp: '2026-01-02T03:04:05.678Z',
      service_name: 'drakkar',
      service_version: '1',
      worker_id: 'w-1',
      cluster_name: 'east',
      consumer_group: 'g',
      category: 'sink',
      event: 'sink_delivery_retry',
      attempt: 2,
      error: { type: 'Error', message: 'no' },
      text: 'two words',
    })
    expect(consoleLine(`${line}\n`)).toBe(
      '03:04:05.678 WARNING  sink_delivery_retry attempt=2 error={"type":"Error","message":"no"} text=two words\n',
    )
  })

  it('leaves a line that is no object as it is', () => {
    expect(consoleLine('"text"\n')).toBe('"text"\n')
  })
})

describe('openLogDestination', () => {
  it('writes JSON lines to a file named after the worker, whose folder it makes', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'drakkar-log-'))
    try {
      const output = join(folder, 'logs', '{cluster_name}', '{worker_id}.log')
      const destination = openLogDestination({ output, format: 'json' }, worker)
      destination.stream.write('{"event":"a"}\n')
      destination.close()
      expect(await readFile(join(folder, 'logs', 'east', 'w-1.log'), 'utf8')).toBe('{"event":"a"}\n')
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })

  it('writes lines for people when asked to', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'drakkar-log-'))
    try {
      const output = join(folder, 'out.log')
      const destination = openLogDestination({ output, format: 'console' }, worker)
      destination.stream.write('{"event":"a","level":"info","timestamp":"2026-01-02T03:04:05.678Z","n":1}\n')
      destination.close()
      expect(await readFile(output, 'utf8')).toBe('03:04:05.678 INFO     a n=1\n')
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })
})

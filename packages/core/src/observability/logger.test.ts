import { describe, expect, it } from 'vitest'
import { createLogger } from './logger.ts'

function linesOf(write: (logger: ReturnType<typeof createLogger>) => void, level = 'INFO') {
  const lines: string[] = []
  const stream = { write: (line: string) => void lines.push(line) }
  write(createLogger({ level, workerId: 'w-1', clusterName: '', consumerGroup: 'g', version: '1.2.3', stream }))
  return lines
}

describe('createLogger', () => {
  it('writes one JSON object per line with the fields of every line', () => {
    const [line = ''] = linesOf((logger) => logger.info('drakkar_starting', { summary: 'x' }))
    const { timestamp, ...fields } = JSON.parse(line)
    expect(new Date(timestamp).toISOString()).toBe(timestamp)
    expect(fields).toEqual({
      level: 'info',
      event: 'drakkar_starting',
      service_name: 'drakkar',
      service_version: '1.2.3',
      worker_id: 'w-1',
      consumer_group: 'g',
      category: 'lifecycle',
      summary: 'x',
    })
  })

  it('names each field once, a child over its parent', () => {
    const [line = ''] = linesOf((logger) => logger.child({ category: 'sink', sink_name: 'a' }).child({ sink_name: 'b' }).warn('w'))
    expect(line.match(/"category"/g)).toHaveLength(1)
    expect(JSON.parse(line)).toMatchObject({ category: 'sink', sink_name: 'b', level: 'warning' })
  })

  it('leaves out what is below the level', () => {
    const lines = linesOf((logger) => {
      logger.info('no')
      logger.error('yes')
      logger.critical('yes too')
    }, 'warning')
    expect(lines.map((line) => JSON.parse(line).level)).toEqual(['error', 'critical'])
  })

  it('writes errors as type, message and stack, without credentials', () => {
    const [line = ''] = linesOf((logger) => logger.error('failed', { error: new TypeError('at redis://joe:secret@host/0') }))
    expect(line).not.toContain('secret')
    expect(JSON.parse(line).error).toMatchObject({ type: 'TypeError', message: 'at redis://***:***@host/0' })
  })
})

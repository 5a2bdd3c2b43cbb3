import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createTestContext, createTestSink, deliverCall, deliveryItem } from '@drakkar/plugin-sdk/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fileLineSink, filesystemSink } from '../src/index.ts'
import { connectedSink } from './delivering.ts'
import { systemError } from './fake-client.ts'
import { tempDirectory } from './temp-directory.ts'

describe('the line a payload stands in', () => {
  const sink = createTestSink(filesystemSink, { base_path: '/srv/base' }, createTestContext())
  const line = (path: string) => sink.orderingKey?.({ path, data: 1 })

  it('is the absolute path, however it is spelled', () => {
    const spellings = ['a/b.jsonl', './a/b.jsonl', 'a/../a/b.jsonl', '/srv/base/a/b.jsonl']
    expect(spellings.map(line)).toEqual(spellings.map(() => '/srv/base/a/b.jsonl'))
  })

  it('is different for different files, and throws for no path at all', () => {
    expect(line('a')).not.toBe(line('b'))
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (path) => {
        expect(line(path)).toBeTypeOf('string')
      }),
    )
  })

  it('is one for all lines of file_line', () => {
    const one = createTestSink(fileLineSink, { path: 'out.log' }, createTestContext())
    expect(one.orderingKey?.({ data: 1 })).toBe(one.orderingKey?.({ data: 2 }))
  })
})

describe('a failure that may pass', () => {
  it('of the look-up holds back later payloads for that file, however they spell it, and no others', async () => {
    await using target = await connectedSink()
    target.client.nextLookupErrors.push(systemError('EMFILE', 'too many open files'))
    const answers = await target.deliver({ path: 'a', data: 1 }, { path: './a', data: 2 }, { path: 'b', data: 3 }, { path: 'a', data: 4 })
    expect(answers).toEqual([
      'transient: EMFILE: too many open files',
      expect.stringMatching(/^transient: It must not overtake payload item-\d+ for the same file: EMFILE/),
      'ok',
      expect.stringMatching(/^transient: /),
    ])
    expect(await target.deliver({ path: 'a', data: 1 }, { path: './a', data: 2 }, { path: 'a', data: 4 })).toEqual(['ok', 'ok', 'ok'])
    expect(await readFile(join(target.base, 'a'), 'utf8')).toBe('1\n2\n4\n')
  })

  it('that is none holds nothing back (SINK-044)', async () => {
    await using target = await connectedSink()
    const answers = await target.deliver(
      { path: 'a', data: undefined },
      { path: 'a', data: 2 },
      { path: '../a', data: 3 },
      { path: 'a', data: 4 },
    )
    expect(answers.map((answer) => answer.split(':')[0])).toEqual(['permanent', 'ok', 'permanent', 'ok'])
    expect(await readFile(join(target.base, 'a'), 'utf8')).toBe('2\n4\n')
  })
})

describe('encode', () => {
  it('gives the line that is appended (DLQ-5, FSS-11)', async () => {
    await using target = await connectedSink()
    const datas = fc.sample(fc.jsonValue(), 50)
    const bodies = datas.map((data) => Buffer.from(target.sink.encode({ path: 'a', data }).body))
    for (const data of datas) expect(await target.deliver({ path: 'a', data })).toEqual(['ok'])
    expect(await readFile(join(target.base, 'a'))).toEqual(Buffer.concat(bodies))
  })

  it('gives the plain line of file_line, byte for byte', async () => {
    await using directory = await tempDirectory()
    const path = join(directory.path, 'out.log')
    await writeFile(path, '')
    const sink = createTestSink(fileLineSink, { path }, createTestContext())
    await sink.connect?.(deliverCall())
    const payloads = [{ data: 'text' }, { data: new Uint8Array([255, 0]) }, { data: { n: 1 } }]
    await sink.deliver(
      payloads.map((payload) => deliveryItem(payload)),
      deliverCall(),
    )
    await sink.close?.(deliverCall())
    expect(await readFile(path)).toEqual(Buffer.concat(payloads.map((payload) => sink.encode?.(payload).body ?? Buffer.alloc(0))))
  })

  it('throws for data without JSON text', async () => {
    await using target = await connectedSink()
    expect(() => target.sink.encode({ path: 'a', data: undefined })).toThrow(expect.objectContaining({ kind: 'permanent' }))
  })
})

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { defineHandler } from '../handler.ts'
import { checkHandler, findHandler, loadHandler } from './load-handler.ts'

let folder = ''
const file = (name: string) => join(folder, name)

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'drakkar-handler-'))
  const modules = {
    'object.mjs': 'export default { arrange: () => [] }',
    'class.mjs': 'export default class { arrange() { return [] } }',
    'no-default.mjs': 'export const handler = { arrange: () => [] }',
    'no-arrange.mjs': 'export default { arrange: 5 }',
    'broken.mjs': 'throw new Error("at http://joe:secret@host")',
    'app/handler.js': 'export default { arrange: () => [] }',
    'app/handler.mjs': 'export default { arrange: () => [] }',
    'empty/drakkar.yaml': '',
  }
  for (const [name, text] of Object.entries(modules)) {
    await mkdir(join(file(name), '..'), { recursive: true })
    await writeFile(file(name), text)
  }
})

afterAll(() => rm(folder, { recursive: true, force: true }))

describe('findHandler', () => {
  it('takes the path given, then the configured one, then what lies beside the configuration', () => {
    const configFile = file('app/drakkar.yaml')
    expect(findHandler({ path: file('object.mjs'), configured: 'x.mjs', configFile })).toBe(file('object.mjs'))
    expect(findHandler({ configured: '../class.mjs', configFile })).toBe(file('class.mjs'))
    expect(findHandler({ path: '', configured: '', configFile })).toBe(file('app/handler.mjs'))
  })

  it.each([
    ['the path given', { path: '/nowhere/handler.mjs' }, 'handler module not found: /nowhere/handler.mjs'],
    ['the configured path', { configured: 'nope.mjs', configFile: '/nowhere/drakkar.yaml' }, 'handler module not found: /nowhere/nope.mjs'],
  ])('names %s when it is not there', (_case, location, message) => {
    expect(() => findHandler(location)).toThrow(message)
  })

  it('says where it looked and how to name a handler', () => {
    expect(() => findHandler({ configFile: file('empty/drakkar.yaml') })).toThrow(
      `no handler found: looked for handler.mjs, handler.js, handler.ts in ${file('empty')}; name it with --handler or \`handler:\``,
    )
  })
})

describe('loadHandler', () => {
  it.each(['object.mjs', 'class.mjs'])('takes what %s exports', async (name) => {
    const { handler, path } = await loadHandler({ path: file(name) })
    expect([path, await handler.arrange([], { pendingTasks: [], pendingTaskIds: new Set() }, {} as never)]).toEqual([file(name), []])
  })

  it.each([
    ['no-default.mjs', 'DRK_HANDLER_INVALID', 'has no default export'],
    ['no-arrange.mjs', 'DRK_HANDLER_INVALID', 'a handler needs a function `arrange`'],
    ['broken.mjs', 'DRK_HANDLER_LOAD_FAILED', 'cannot be loaded: at http'],
  ])('refuses %s: %s %s', async (name, code, message) => {
    await expect(loadHandler({ path: file(name) })).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message),
    })
    await expect(loadHandler({ path: file(name) })).rejects.toThrow(file(name))
  })
})

describe('checkHandler', () => {
  it('takes an object, an instance, and makes one of a class', () => {
    class Mine {
      arrange() {
        return []
      }
    }
    const instance = new Mine()
    const object = defineHandler({ arrange: () => [] })
    expect(checkHandler(object)).toBe(object)
    expect(checkHandler(instance)).toBe(instance)
    expect(checkHandler(Mine)).toBeInstanceOf(Mine)
  })

  it.each([[null], [undefined], ['text'], [{}], [() => ({ arrange: () => [] })]])('refuses %o', (value) => {
    expect(() => checkHandler(value, 'here')).toThrow('here: a handler needs a function `arrange`')
  })
})

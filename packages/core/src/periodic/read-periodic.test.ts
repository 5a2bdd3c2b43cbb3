import { describe, expect, it } from 'vitest'
import type { AnyHandler } from '../handler.ts'
import { checkHandler } from '../runtime/load-handler.ts'
import { readPeriodic } from './read-periodic.ts'

const arrange = () => []
const run = () => undefined
const task = { seconds: 1, run }
const names = (handler: AnyHandler): readonly string[] => readPeriodic(handler).tasks.map(({ name }) => name)

describe('readPeriodic', () => {
  it('finds nothing in a handler without periodic tasks', () => {
    expect(readPeriodic({ arrange })).toEqual({ tasks: [], problems: [], unreadable: [] })
  })

  it('finds those of the object', () => {
    expect(names({ arrange, periodic: { refresh: task, report: { seconds: 0.5, run, onError: 'stop' } } })).toEqual(['refresh', 'report'])
  })

  it('finds inherited ones, and a descendant’s wins over its ancestor’s', () => {
    class Base {
      arrange = arrange
      get periodic() {
        return { refresh: { seconds: 1, run }, report: { seconds: 2, run } }
      }
    }
    class Own extends Base {
      override get periodic() {
        return { refresh: { seconds: 7, run }, report: super.periodic.report, more: { seconds: 3, run } }
      }
    }
    class Field extends Base {
      extra = { seconds: 9, run }
    }
    const seconds = (handler: AnyHandler) => Object.fromEntries(readPeriodic(handler).tasks.map(({ name, task }) => [name, task.seconds]))
    expect(seconds(new Own())).toEqual({ refresh: 7, report: 2, more: 3 })
    expect(seconds(new Field())).toEqual({ refresh: 1, report: 2 })
  })

  it('adds those of an ancestor that a descendant does not name', () => {
    class Base {
      arrange = arrange
      get periodic(): Record<string, typeof task> {
        return { refresh: task }
      }
    }
    class Own extends Base {
      override get periodic(): Record<string, typeof task> {
        return { report: task }
      }
    }
    expect(names(new Own())).toEqual(['refresh', 'report'])
  })

  it('finds inherited names of the map', () => {
    const shared: Record<string, typeof task> = { refresh: task }
    const periodic: Record<string, typeof task> = Object.create(shared)
    periodic['report'] = task
    expect(names({ arrange, periodic })).toEqual(['report', 'refresh'])
  })

  it('reads a getter with the handler as this', () => {
    class Own {
      arrange = arrange
      seconds = 4
      get periodic() {
        return { refresh: { seconds: this.seconds, run } }
      }
    }
    expect(readPeriodic(new Own()).tasks[0]?.task.seconds).toBe(4)
  })

  it('skips a getter that throws and names it', () => {
    const broken = {
      refresh: task,
      get report(): typeof task {
        throw new Error('not yet')
      },
    }
    expect(readPeriodic({ arrange, periodic: broken })).toMatchObject({
      tasks: [{ name: 'refresh' }],
      problems: [],
      unreadable: ['report'],
    })
    class Own {
      arrange = arrange
      get periodic(): never {
        throw new Error('not yet')
      }
    }
    expect(readPeriodic(new Own())).toEqual({ tasks: [], problems: [], unreadable: ['periodic'] })
  })
})

describe('a handler', () => {
  it.each<[unknown, string]>([
    [{ refresh: { seconds: 0, run } }, 'periodic.refresh.seconds must be a number above 0'],
    [{ refresh: { seconds: -1, run } }, 'periodic.refresh.seconds must be a number above 0'],
    [{ refresh: { seconds: Infinity, run } }, 'periodic.refresh.seconds must be a number above 0'],
    [{ refresh: { seconds: Number.NaN, run } }, 'periodic.refresh.seconds must be a number above 0'],
    [{ refresh: { seconds: '5', run } }, 'periodic.refresh.seconds must be a number above 0'],
    [{ refresh: { seconds: 5 } }, 'periodic.refresh.run must be a function'],
    [{ ok: task, refresh: { ...task, onError: 'ignore' } }, "periodic.refresh.onError must be 'continue' or 'stop'"],
    [{ refresh: run }, 'periodic.refresh must be { seconds, run }'],
    ['refresh', 'periodic must be an object of tasks by name'],
  ])('with the periodic tasks %j is refused: %s', (periodic, message) => {
    expect(() => checkHandler({ arrange, periodic })).toThrow(`the handler: ${message}`)
  })
})

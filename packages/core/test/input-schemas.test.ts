/** `input` of every kind, through the whole pipeline. */
import { Type } from 'typebox'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { defineHandler, type AnyHandler, type InputSchema } from '../src/index.ts'
import { task } from '../src/model/make-task.ts'
import { createHarness } from './support/harness.ts'
import { createRecorder, recordSink } from './support/record-sink.ts'

const schemas: Readonly<Record<string, InputSchema>> = {
  TypeBox: Type.Object({ id: Type.String(), count: Type.Integer() }),
  zod: z.object({ id: z.string(), count: z.int() }),
  valibot: v.object({ id: v.string(), count: v.pipe(v.number(), v.integer()) }),
  'asynchronous zod': z.object({ id: z.string(), count: z.int() }).refine(async () => true),
  'asynchronous valibot': v.objectAsync({
    id: v.string(),
    count: v.pipeAsync(
      v.number(),
      v.checkAsync(async (count) => Number.isInteger(count), 'not whole'),
    ),
  }),
}

function handlerOf(input: InputSchema): AnyHandler {
  return defineHandler({
    input,
    arrange: (messages) => messages.map((message) => task({ from: message, args: [JSON.stringify(message.payload)] })),
    onTaskComplete: ({ stdout }) => ({ record: [{ data: stdout }] }),
  })
}

async function run(handler: AnyHandler, values: readonly unknown[]) {
  const recorder = createRecorder()
  const harness = await createHarness({ handler, sinks: [recordSink(recorder)] })
  await harness.send(values)
  await harness.app.run()
  return {
    delivered: recorder.delivered.map(({ data }) => data),
    letters: await harness.deadLetters(),
    committed: await harness.committed(),
  }
}

describe.each(Object.entries(schemas))('%s input', (_kind, schema) => {
  it('lets valid messages through and dead-letters the others with the place that is wrong', async () => {
    const { delivered, letters, committed } = await run(handlerOf(schema), [
      { id: 'a', count: 1 },
      { id: 'b', count: 1.5 },
      { id: 5, count: 2 },
      { id: 'd', count: 3 },
    ])
    expect(delivered).toEqual(['{"id":"a","count":1}', '{"id":"d","count":3}'])
    expect(letters.map(({ sink_name, original_payloads }) => [sink_name, original_payloads])).toEqual([
      ['deserialize', ['{"id":"b","count":1.5}']],
      ['deserialize', ['{"id":5,"count":2}']],
    ])
    expect(letters.map(({ error }) => error.split(' ')[0])).toEqual(['count', 'id'])
    expect(letters.every(({ error }) => error.length > 'count '.length && !error.includes('[object'))).toBe(true)
    expect(committed).toEqual(new Map([[0, 4]]))
  })
})

describe('a schema', () => {
  it('may change the value on the way in', async () => {
    const input = z.object({ id: z.string().toUpperCase(), count: z.coerce.number().default(7) })
    expect((await run(handlerOf(input), [{ id: 'a' }, { id: 'b', count: '8' }])).delivered).toEqual([
      '{"id":"A","count":7}',
      '{"id":"B","count":8}',
    ])
  })

  it('that throws harms its own message only', async () => {
    const input = v.pipe(
      v.object({ id: v.string() }),
      v.transform((value) => {
        if (value.id === 'b') throw new Error('schema bug')
        return value
      }),
    )
    const { delivered, letters } = await run(handlerOf(input), [{ id: 'a' }, { id: 'b' }, { id: 'c' }])
    expect(delivered).toEqual(['{"id":"a"}', '{"id":"c"}'])
    expect(letters.map(({ error }) => error)).toEqual(['the schema failed: schema bug'])
  })
})

describe('a handler class', () => {
  class Prefixing {
    readonly #prefix = 'p'

    arrange(messages: readonly { readonly offset: number }[]) {
      return messages.map((message) => task({ from: message, args: [`${this.#prefix}${message.offset}`] }))
    }

    onTaskComplete(result: { readonly stdout: string }) {
      return { record: [{ data: result.stdout }] }
    }
  }

  it('works as an instance', async () => {
    expect((await run(new Prefixing(), [1, 2])).delivered).toEqual(['p0', 'p1'])
  })

  it('works as the class itself, as from plain JavaScript', async () => {
    const { delivered, letters } = await run(Prefixing as never, [1])
    expect([delivered, letters]).toEqual([['p0'], []])
  })
})

describe('what is no handler', () => {
  it.each([[undefined], [{}], [() => []], [{ arrange: 'no function' }]])('is refused before anything starts: %o', async (handler) => {
    await expect(createHarness({ handler: handler as never, sinks: [recordSink(createRecorder())] })).rejects.toMatchObject({
      code: 'DRK_HANDLER_INVALID',
    })
  })
})

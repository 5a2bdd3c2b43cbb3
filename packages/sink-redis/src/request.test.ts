import { SinkError, type SinkResponse } from '@drakkar/plugin-sdk'
import { deliveryItem } from '@drakkar/plugin-sdk/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { RedisPayload } from './payload.ts'
import { encodeValue, storedKey, toAnswers, toCommands, type SetCommand } from './request.ts'

const options = { keyPrefix: 'p:', maxValueBytes: 20 }
const commandsOf = (payloads: readonly RedisPayload[]) =>
  toCommands(
    payloads.map((payload) => deliveryItem(payload)),
    options,
  )

describe('toCommands', () => {
  it('makes a command of each payload (RDS-1, RDS-3)', () => {
    const { commands, refused } = commandsOf([
      { key: 'a', data: { n: 1 } },
      { key: 'b', data: 'é', ttl: 5 },
      { key: 'c', data: null, ttl: null },
    ])
    expect(commands.map(({ id: _id, ...command }) => command)).toEqual([
      { key: 'p:a', value: '{"n":1}', ttlSeconds: null },
      { key: 'p:b', value: '"é"', ttlSeconds: 5 },
      { key: 'p:c', value: 'null', ttlSeconds: null },
    ])
    expect(refused).toEqual([])
  })

  it.each([
    ['no JSON text', { key: 'a', data: undefined }],
    ['a value that is too large, in bytes', { key: 'a', data: 'é'.repeat(10) }],
    ['a ttl that is not positive (RDS-2)', { key: 'a', data: 1, ttl: 0 }],
    ['a ttl that is no integer', { key: 'a', data: 1, ttl: 1.5 }],
  ])('refuses %s, alone', (_what, payload) => {
    const { commands, refused } = commandsOf([{ key: 'x', data: 1 }, payload, { key: 'y', data: 2 }])
    expect(commands.map(({ key }) => key)).toEqual(['p:x', 'p:y'])
    expect(refused).toMatchObject([{ status: 'failure', error: { kind: 'permanent', code: 'DRK_SINK_PAYLOAD_INVALID' } }])
  })
})

describe('encodeValue', () => {
  it('gives key and value of the command that is sent (DLQ-5)', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.jsonValue(), (key, data) => {
        const { commands } = toCommands([deliveryItem<RedisPayload>({ key, data })], { ...options, maxValueBytes: 1_000_000 })
        const { body, key: keyBytes } = encodeValue({ key, data }, options)
        expect([Buffer.from(body).toString(), Buffer.from(keyBytes ?? []).toString()]).toEqual([commands[0]?.value, commands[0]?.key])
        expect(storedKey({ key, data }, options)).toBe(commands[0]?.key)
      }),
    )
  })

  it('throws for data without JSON text', () => {
    expect(() => encodeValue({ key: 'a', data: undefined }, options)).toThrow(expect.objectContaining({ kind: 'permanent' }))
  })
})

const command = (id: number, key: string): SetCommand => ({ id: String(id), key, value: String(id), ttlSeconds: null })
const outcome = fc.constantFrom('ok', 'transient', 'permanent')
const toError = (kind: string) =>
  kind === 'ok' ? null : new SinkError({ kind: kind === 'transient' ? 'transient' : 'permanent', message: kind })
const isOk = (response: SinkResponse | undefined) => response?.status === 'ok'

describe('toAnswers', () => {
  it('keeps a later value of a key behind one that will be tried again', () => {
    const commands = [command(1, 'a'), command(2, 'b'), command(3, 'a')]
    const answers = toAnswers(commands, [toError('transient'), null, null])
    expect(answers).toMatchObject([
      { status: 'failure' },
      { status: 'ok' },
      { status: 'failure', error: { kind: 'transient', message: 'It must not overtake payload 1 of the same key: transient' } },
    ])
  })

  it('does not hold back what stands behind a value that is refused for good (SINK-044)', () => {
    const answers = toAnswers([command(1, 'a'), command(2, 'a')], [toError('permanent'), null])
    expect(answers.map(({ status }) => status)).toEqual(['failure', 'ok'])
  })

  it('whatever fails and is tried again in order, each key ends with the last value that was not refused', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom('a', 'b'), outcome), { maxLength: 12 }), (plan) => {
        const commands = plan.map(([key], index) => command(index, key))
        const outcomes = plan.map(([, kind]) => kind)
        const answers = toAnswers(commands, outcomes.map(toError))
        const stored = new Map<string, string>()
        commands.forEach(({ key, value }, index) => outcomes[index] === 'ok' && stored.set(key, value))
        // The framework tries again what is not permanent, in its order.
        commands.forEach(({ key, value }, index) => {
          if (!isOk(answers[index]) && outcomes[index] !== 'permanent') stored.set(key, value)
        })
        for (const key of ['a', 'b']) {
          const last = commands.filter((one, index) => one.key === key && outcomes[index] !== 'permanent').at(-1)
          expect(stored.get(key)).toBe(last?.value)
        }
        answers.forEach((answer, index) => isOk(answer) && expect(outcomes[index]).toBe('ok'))
      }),
    )
  })
})

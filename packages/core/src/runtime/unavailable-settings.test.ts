import { describe, expect, it } from 'vitest'
import { validateConfig } from '../config/load-config.ts'
import { unavailableSettings } from './unavailable-settings.ts'
import { Type } from 'typebox'

function settings(raw: Readonly<Record<string, unknown>>) {
  const { config } = validateConfig({ sinks: { record: { main: {} } }, ...raw }, { sinkSchemas: new Map([['record', Type.Object({})]]) })
  const { refused, withoutEffect } = unavailableSettings(config)
  return { refused: refused.map(({ path, message }) => `${path} ${message}`), withoutEffect }
}

describe('unavailableSettings', () => {
  it('refuses nothing of the defaults', () => {
    expect(settings({}).refused).toEqual([])
  })

  it.each([
    [{ executor: { mode: 'warm' } }, 'executor.mode'],
    [{ serving: { store: 'cache' } }, 'serving.store: cache'],
  ])('refuses what promises something about the data: %j', (raw, path) => {
    expect(settings(raw).refused).toEqual([`${path} is not available in this version`])
  })

  it.each([[{ cache: { enabled: true } }, 'cache.enabled']])('names what has no effect: %j', (raw, path) => {
    expect(settings({}).withoutEffect).not.toContain(path)
    expect(settings(raw).withoutEffect).toContain(path)
    expect(settings(raw).refused).toEqual([])
  })
})

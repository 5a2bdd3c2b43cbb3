import { describe, expect, it } from 'vitest'
import { globPattern, sharedEnvironment, taskEnvironment } from './environment.ts'

const defaults = ['DRAKKAR_*', '*PASSWORD*', '*SECRET*', '*TOKEN*', '*_KEY', '*_DSN', '*CREDENTIAL*']
const parent = {
  PATH: '/bin',
  HOME: '/root',
  LANG: 'C',
  DRAKKAR_SINKS__POSTGRES__MAIN__DSN: 'x',
  DB_PASSWORD: 'x',
  MY_api_token: 'x',
  AWS_SECRET_ACCESS_KEY: 'x',
  SENTRY_DSN: 'x',
  NOTHING: undefined,
}

function shared(
  changes: { env?: Record<string, string>; env_inherit_parent?: boolean; env_inherit_deny?: string[] } = {},
  variables: Record<string, string | undefined> = parent,
) {
  const settings = { env: {}, env_inherit_parent: true, env_inherit_deny: defaults, ...changes }
  return sharedEnvironment({ settings, parent: variables, runId: 'run-1' })
}

describe('layers of the environment', () => {
  it('drops secrets and keeps the rest with the default deny list (EXE-21)', () => {
    expect(shared()).toEqual({ PATH: '/bin', HOME: '/root', LANG: 'C', DRAKKAR_RUN_ID: 'run-1' })
  })

  it('inherits nothing when told so (EXE-19)', () => {
    expect(shared({ env_inherit_parent: false, env: { A: '1' } })).toEqual({ DRAKKAR_RUN_ID: 'run-1', A: '1' })
  })

  it('inherits everything with an empty deny list (EXE-20)', () => {
    const { NOTHING: _undefined, ...inherited } = parent
    expect(shared({ env_inherit_deny: [] })).toEqual({ ...inherited, DRAKKAR_RUN_ID: 'run-1' })
  })

  it('never filters explicit entries, and lets later layers win (EXE-17, EXE-18)', () => {
    const executorEnv = { DB_PASSWORD: 'explicit', LAYER: 'executor', PATH: '/opt' }
    const environment = taskEnvironment({ shared: shared({ env: executorEnv }), executorEnv, taskEnv: { LAYER: 'task', API_TOKEN: 't' } })
    expect(environment).toMatchObject({ DB_PASSWORD: 'explicit', LAYER: 'task', PATH: '/opt', API_TOKEN: 't' })
  })

  it('replaces the run id of an outer worker by its own, even when everything is inherited', () => {
    expect(shared({ env_inherit_deny: [] }, { DRAKKAR_RUN_ID: 'outer' })).toEqual({ DRAKKAR_RUN_ID: 'run-1' })
  })

  it('lets explicit entries override run id and trace context', () => {
    const executorEnv = { DRAKKAR_RUN_ID: 'mine' }
    const layers = { shared: shared({ env: executorEnv }), executorEnv, traceparent: '00-a-b-01' }
    expect(taskEnvironment({ ...layers, taskEnv: {} })).toMatchObject({ DRAKKAR_RUN_ID: 'mine', TRACEPARENT: '00-a-b-01' })
    expect(taskEnvironment({ ...layers, taskEnv: { TRACEPARENT: 'own' } })).toMatchObject({ TRACEPARENT: 'own' })
    expect(taskEnvironment({ ...layers, shared: { TRACEPARENT: 'e' }, executorEnv: { TRACEPARENT: 'e' }, taskEnv: {} })).toMatchObject({
      TRACEPARENT: 'e',
    })
  })

  it('replaces an inherited trace context by that of the task', () => {
    const layers = { shared: shared({}, { TRACEPARENT: 'of the worker' }), executorEnv: {}, taskEnv: {} }
    expect(taskEnvironment({ ...layers, traceparent: 'of the task' })['TRACEPARENT']).toBe('of the task')
    expect(taskEnvironment(layers)['TRACEPARENT']).toBe('of the worker')
  })

  it('does not change what tasks share', () => {
    const base = Object.freeze(shared())
    taskEnvironment({ shared: base, executorEnv: {}, taskEnv: { A: '1' }, traceparent: 't' })
    expect(base).not.toHaveProperty('A')
  })
})

describe('globs', () => {
  it.each([
    ['*_KEY', 'API_KEY', true],
    ['*_KEY', 'api_key', true],
    ['*_KEY', 'API_KEYS', false],
    ['?A', 'xA', true],
    ['?A', 'A', false],
    ['[ab]C', 'bc', true],
    ['[ab]C', 'cC', false],
    ['[!ab]C', 'cC', true],
    ['[a-c]1', 'B1', true],
    ['[]]X', ']X', true],
    ['[abC', '[abC', true],
    ['A.B', 'AxB', false],
    ['A+', 'AA', false],
    ['*', '', true],
    ['A*B', 'A\nB', true],
  ])('%s against %j is %s', (glob, name, expected) => {
    expect(globPattern(glob).test(name)).toBe(expected)
  })
})

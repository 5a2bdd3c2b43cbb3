import { ConfigError } from '@drakkar/plugin-sdk'
import { describe, expect, test } from 'vitest'
import { loadText } from './load-text.ts'

const canary = 'c4n4ry'
/** The same as a number. */
const digits = '867530942'

/** Everything an error or a log line could show. */
function everythingSaid(text: string, env: NodeJS.ProcessEnv): string {
  try {
    const { warnings } = loadText(text, env)
    return JSON.stringify(warnings)
  } catch (error) {
    if (!ConfigError.isInstance(error)) throw error
    return [error.message, error.stack, JSON.stringify(error.problems), String(error.cause)].join('\n')
  }
}

describe('a secret is in no message', () => {
  test.each<[title: string, text: string, env?: NodeJS.ProcessEnv]>([
    ['token of a wrong type', `debug:\n  auth_token: [${canary}]`],
    ['token as a mapping', `debug:\n  auth_token: { ${canary}: 1 }\n  port: 0`],
    ['numeric password', `kafka:\n  sasl: { username: u, password: 0 }\n  client_options: ${canary}`],
    ['numeric connection string', `sinks:\n  postgres:\n    main:\n      dsn: ${digits}`],
    ['numeric variable of the programs', `executor:\n  env: { A: ${digits} }`],
    ['credentials as text', `kafka:\n  sasl: u:${canary}`],
    ['options of the client', `kafka:\n  client_options: [${canary}]`],
    ['variable of the programs', `executor:\n  env: { A: [${canary}] }`],
    ['variables of the programs as text', `executor:\n  env: A=${canary}`],
    ['header as a list', `sinks:\n  http:\n    hook:\n      url: https://h\n      headers: { Authorization: [${canary}] }`],
    ['headers as text', `sinks:\n  http:\n    hook:\n      url: https://h\n      headers: 'Authorization: ${canary}'`],
    ['address with another scheme', `sinks:\n  http:\n    hook:\n      url: ftp://u:${canary}@h`],
    ['connection string instead of an instance', `sinks:\n  postgres:\n    main: postgresql://u:${canary}@h/d`],
    ['connection string instead of a type', `sinks:\n  postgres: postgresql://u:${canary}@h/d`],
    ['connection string as a key', `sinks:\n  postgres:\n    main:\n      postgresql://u:${canary}@h/d: x`],
    ['credentials in brokers of a wrong type', `metrics:\n  port: http://u:${canary}@h`],
    ['variable in a secret', 'sinks:\n  postgres:\n    main:\n      dsn: [ "${SECRET}" ]', { SECRET: canary }],
    ['variable in a number', 'metrics:\n  port: ${SECRET}', { SECRET: canary }],
    ['variable with JSON that is broken', '', { DRAKKAR_EXECUTOR__ENV: `{"A":"${canary}"` }],
    ['variable with a section', '', { DRAKKAR_SINKS__POSTGRES__MAIN: `postgresql://u:${canary}@h/d` }],
    ['two variables for one secret', '', { DRAKKAR_DEBUG__AUTH_TOKEN: canary, DRAKKAR_debug__auth_token: canary }],
    ['variable that is ignored', '', { DRAKKAR_TOKEN: canary }],
    ['variable with a misspelt key', '', { DRAKKAR_DEBUG__AUTH_TOKENS: canary }],
    ['unclosed quote', `debug:\n  auth_token: "${canary}\n`],
    ['colon in a plain value', `debug:\n  auth_token: ${canary}: x`],
    ['bad escape', `debug:\n  auth_token: "${canary}\\q"`],
    ['duplicate key', `debug:\n  auth_token: a\n  auth_token: ${canary}`],
    ['misspelt key', `debug:\n  auth_tokens: ${canary}`],
    ['custom tag', `debug:\n  auth_token: !vault ${canary}`],
    ['tab before the value', `debug:\n\tauth_token: ${canary}`],
    ['text after the value', `debug:\n  auth_token: "a" ${canary}`],
    ['only the text', canary],
  ])('%s', (_, text, env = {}) => {
    const said = everythingSaid(text, env)
    expect(said).not.toContain(canary)
    expect(said).not.toContain(digits)
    expect(said, 'the case must provoke a message').not.toBe('[]')
  })
})

/** Where a payload goes: to the configured URL, or to its own where that is allowed (spec BSP-16). Pure. */
import { SinkError } from '@drakkar/plugin-sdk'
import { httpUrlProblem, parseHttpUrl, type HttpTarget } from './http-url.ts'

export interface TargetOptions {
  /** The configured one. */
  readonly url: string
  /** Taken apart once. */
  readonly configured: ChosenTarget
  readonly allowUrlOverride: boolean
}

export interface ChosenTarget extends HttpTarget {
  /** Whether it is the configured server: only that gets the configured headers, credentials and certificate. */
  readonly isConfigured: boolean
}

/** Throws for a URL that `httpUrlProblem` objects to. */
export function configuredTarget(url: string): ChosenTarget {
  return { ...parseHttpUrl(url), isConfigured: true }
}

/** `ownUrl`: of the payload, absolute or relative to the configured one. Throws a permanent `SinkError` that does not show it. */
export function chooseTarget(ownUrl: string | undefined, { url, configured, allowUrlOverride }: TargetOptions): ChosenTarget {
  if (ownUrl === undefined) return configured
  if (!allowUrlOverride) throw refused('names a `url`, but allow_url_override is not set')
  if (!URL.canParse(ownUrl, url)) throw refused('has a `url` that is none')
  const absolute = new URL(ownUrl, url).href
  const problem = httpUrlProblem(absolute)
  if (problem !== null) throw refused(`has a \`url\` that ${problem}`)
  const target = parseHttpUrl(absolute)
  const isConfigured = target.origin === configured.origin
  return { ...target, isConfigured, authorization: target.authorization ?? (isConfigured ? configured.authorization : null) }
}

function refused(problem: string): SinkError {
  return new SinkError({ kind: 'permanent', code: 'DRK_SINK_PAYLOAD_INVALID', message: `The payload ${problem}` })
}

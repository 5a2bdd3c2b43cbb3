/** A CollectResult that cannot be routed: rejected whole, before anything of it is delivered (spec COL-7…13). */
import { DrakkarError } from '@drakkar/plugin-sdk'

/** The sink a payload names, or needs, is not configured. */
export class SinkNotConfiguredError extends DrakkarError {
  constructor(message: string) {
    super({ code: 'DRK_SINK_NOT_CONFIGURED', message })
  }
}

/** A payload names no sink and several could take it. */
export class AmbiguousSinkError extends DrakkarError {
  constructor(message: string) {
    super({ code: 'DRK_SINK_AMBIGUOUS', message })
  }
}

/** A payload does not have the shape its sink declares. */
export class InvalidPayloadError extends DrakkarError {
  constructor(message: string) {
    super({ code: 'DRK_SINK_PAYLOAD_INVALID', message })
  }
}

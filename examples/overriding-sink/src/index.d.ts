/** The payload type is that of `@drakkar/sink-file`; importing it here brings its key `files` into `CollectResult`. */
import type { SinkDefinition } from '@drakkar/plugin-sdk'
import type {} from '@drakkar/sink-file'

declare const measuredFileSink: SinkDefinition
export default measuredFileSink

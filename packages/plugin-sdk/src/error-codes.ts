/**
 * Every error code of the project, once. `docs/reference/errors.md` is compared with this table by a test.
 * A code never changes its meaning; the text is the first half of the documentation, `fix` the second.
 */
export const errorCodes = {
  DRK_CONFIG_FILE_NOT_FOUND: { family: 'config', text: 'Config file not found', fix: 'Check the path, or unset DRAKKAR_CONFIG.' },
  DRK_CONFIG_INVALID: {
    family: 'config',
    text: 'The configuration has problems; all of them are listed',
    fix: 'Correct each listed place.',
  },
  DRK_CONFIG_NO_SINKS: { family: 'config', text: 'No sinks configured', fix: 'Configure at least one instance under `sinks`.' },
  DRK_HANDLER_INVALID: {
    family: 'config',
    text: 'The handler module cannot be used',
    fix: 'Export a handler made by `defineHandler` as the default export.',
  },
  DRK_HANDLER_LOAD_FAILED: { family: 'config', text: 'The handler module cannot be loaded', fix: 'Correct the module at the place named.' },
  DRK_HOOK_TIMEOUT: {
    family: 'executor',
    text: 'A hook of the handler has not settled in time',
    fix: 'Make it faster, or raise `executor.hook_timeout_seconds`.',
  },
  DRK_PLUGIN_LOAD_FAILED: { family: 'plugin', text: 'A sink package could not be loaded', fix: 'Repair or reinstall the package named.' },
  DRK_PLUGIN_INVALID: {
    family: 'plugin',
    text: 'A sink package does not export a sink definition',
    fix: 'Export what `defineSink` returns.',
  },
  DRK_PLUGIN_CONFLICT: {
    family: 'plugin',
    text: 'Two packages offer the same sink type',
    fix: 'Set `plugins.prefer.<type>` to one of them.',
  },
  DRK_PLUGIN_UNKNOWN_TYPE: {
    family: 'plugin',
    text: 'No installed package offers this sink type',
    fix: 'Install the package named, or correct the type.',
  },
  DRK_SINK_NOT_CONFIGURED: {
    family: 'sink',
    text: 'A payload names a sink that is not configured',
    fix: 'Correct the name or configure the sink.',
  },
  DRK_SINK_AMBIGUOUS: { family: 'sink', text: 'A payload without a sink name has several candidates', fix: 'Set `sink` on the payload.' },
  DRK_SINK_PAYLOAD_INVALID: { family: 'sink', text: 'A payload does not match the schema of its sink', fix: 'Correct the field named.' },
  DRK_SINK_NOT_CONNECTED: {
    family: 'sink',
    text: 'The sink is not connected',
    fix: 'Call connect() first; see the earlier connection error.',
  },
  DRK_SINK_CONTRACT: { family: 'sink', text: 'A sink broke the contract', fix: 'Report it to the author of the sink package.' },
  DRK_SINK_CIRCUIT_OPEN: {
    family: 'sink',
    text: 'The circuit breaker of the sink is open',
    fix: 'See the errors before it; the sink is tried again after `circuit_breaker.cooldown_seconds`.',
  },
  DRK_SINK_CONNECT_FAILED: { family: 'sink', text: 'A sink could not be connected', fix: 'See the cause.' },
  DRK_SINK_DELIVERY_FAILED: { family: 'sink', text: 'A delivery failed', fix: 'See the cause.' },
  DRK_EXECUTOR_UNUSABLE: { family: 'executor', text: 'The executor cannot run programs', fix: 'See the message.' },
  DRK_LOG_FAILED: { family: 'log', text: 'An operation on the message log failed', fix: 'See the cause.' },
  DRK_LOG_TOPIC_MISSING: { family: 'log', text: 'The topic does not exist', fix: 'Create the topic, or correct its name.' },
  DRK_LOG_CODEC_MISSING: {
    family: 'log',
    text: 'A batch is compressed with a codec that is not available',
    fix: 'Install the package named.',
  },
  DRK_LOG_OFFSET_OUT_OF_RANGE: {
    family: 'log',
    text: 'The next offset no longer exists in the log',
    fix: 'Set kafka.on_offset_out_of_range, or reset the group.',
  },
  DRK_LOG_RECORD_TOO_LARGE: {
    family: 'log',
    text: 'The log refuses a record for its size',
    fix: "Raise the topic's limit (`max.message.bytes`), or send less.",
  },
  DRK_LOG_LOCKED: { family: 'log', text: 'Another process consumes this embedded log', fix: 'Stop it, or use Kafka for several workers.' },
  DRK_LOG_CLOSED: { family: 'log', text: 'The log is closed', fix: 'Do not use it after close().' },
  DRK_DRAIN_CLOSED: { family: 'sink', text: 'The background sink is closed', fix: 'Stop pushing before closing it.' },
  DRK_DRAIN_OVERFLOW: {
    family: 'sink',
    text: 'The queue of the background sink is full',
    fix: 'Wait with push(), or raise queue_capacity.',
  },
  DRK_DRAIN_FLUSH_FAILED: { family: 'sink', text: 'Something written before the flush is not durable', fix: 'See the causes.' },
  DRK_INTERNAL: { family: 'internal', text: 'A defect in Drakkar', fix: 'Please report it.' },
} as const satisfies Record<string, { family: ErrorFamily; text: string; fix: string }>

export type ErrorFamily = 'config' | 'plugin' | 'sink' | 'executor' | 'log' | 'internal'
export type ErrorCode = keyof typeof errorCodes

export { defineSink, frameworkInstanceKeys, isSinkDefinition, sinkContractVersion } from './define-sink.ts'
export type { FunctionSinkInput, SinkDefinition, SinkDefinitionInput } from './define-sink.ts'
export type {
  CallOptions,
  Counter,
  DeliverCall,
  DeliveryItem,
  DeliverResult,
  DeliverySource,
  Gauge,
  Histogram,
  LogFields,
  Logger,
  MetricsScope,
  ServingStore,
  Sink,
  SinkCapabilities,
  SinkContext,
  SourceConnection,
  TraceContext,
  WireForm,
  WorkerIdentity,
} from './sink.ts'
export { failure, fallback, ok, onSuccess, serve, skip } from './response.ts'
export type { ResponseStatus, SinkResponse } from './response.ts'
export { ConfigError, DrakkarError, errorMessage, LogError, PluginError, SinkContractError, SinkError } from './errors.ts'
export type { ConfigProblem, DrakkarErrorOptions, LogErrorKind, SinkErrorKind, SinkErrorOptions } from './errors.ts'
export { errorCodes } from './error-codes.ts'
export type { ErrorCode, ErrorFamily } from './error-codes.ts'
export type {
  AddressedPayload,
  CollectResult,
  ConfiguredSinks,
  CustomPayload,
  PayloadCommon,
  SinkAddress,
  SinkHandleMap,
  SinkPayloadMap,
} from './payload.ts'
export { jsonText } from './json.ts'
export { maxJsonDepth, parseJson } from './parse-json.ts'
export { redactByName, redactConfig, redacted, redactText, secretNamePatterns } from './redact.ts'
export { described, durationMs, durationSeconds, durationText, isSecret, parseDuration, secret } from './schema.ts'
export { compileInput, compileSchema, isStandardSchema } from './validate.ts'
export type { CompiledInput, CompiledSchema, DecodeResult, InputOf, InputSchema, SchemaIssue } from './validate.ts'
export { classifyError, classifyThrown, isTransientError } from './classify.ts'
export { validateResponses } from './validate-responses.ts'
export type { ValidatedResponses } from './validate-responses.ts'
export { admitDelivery, closedBreaker, settleDelivery } from './circuit-breaker.ts'
export type { Admission, Breaker, BreakerMoment, BreakerRules, BreakerState, PermitEnd, PermitOutcome } from './circuit-breaker.ts'
export { backoffDelayMs } from './backoff.ts'
export type { BackoffRules } from './backoff.ts'
export { once } from './once.ts'
export type { Once } from './once.ts'
export { BaseSink } from './base-sink.ts'
export { manifestSchema, parseManifest } from './manifest.ts'
export type { Manifest, ManifestField, ManifestProblem, ManifestSink } from './manifest.ts'
export { systemClock } from './clock.ts'
export type { Clock } from './clock.ts'
export { drainFromFunction } from './sink-drain.ts'
export type { SinkDrain } from './sink-drain.ts'
export { openFileDrain } from './file-drain.ts'
export { BackgroundSink } from './background-sink.ts'
export type { BackgroundSinkConfig, SpawnedSink } from './background-sink.ts'
export type { DrainMetricsPort } from './drain-metrics.ts'
export { childSink } from './compose/child-sink.ts'
export type { ChildInput, ChildSink } from './compose/child-sink.ts'
export { fanOut } from './compose/fan-out.ts'
export type { FanOutInput } from './compose/fan-out.ts'
export { routing } from './compose/routing.ts'
export type { RoutingInput } from './compose/routing.ts'
export { withFallback } from './compose/with-fallback.ts'
export type { FallbackOptions } from './compose/with-fallback.ts'
export { withRetry } from './compose/with-retry.ts'
export type { RetryOptions } from './compose/with-retry.ts'
export { withBreaker } from './compose/with-breaker.ts'
export type { BreakerOptions } from './compose/with-breaker.ts'
export { withBatching } from './compose/with-batching.ts'
export type { BatchingOptions } from './compose/with-batching.ts'
export { fromDrain } from './drain-sink/from-drain.ts'
export type { DrainSinkInput } from './drain-sink/from-drain.ts'
export type { DrainAck } from './drain-sink/drain-sink.ts'

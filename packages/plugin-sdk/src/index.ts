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
  Sink,
  SinkCapabilities,
  SinkContext,
  SourceConnection,
  TraceContext,
  WorkerIdentity,
} from './sink.ts'
export { failure, fallback, ok, onSuccess, serve, skip } from './response.ts'
export type { ResponseStatus, SinkResponse } from './response.ts'
export {
  ConfigError,
  DrakkarError,
  errorMessage,
  LogError,
  PluginError,
  SinkContractError,
  SinkError,
} from './errors.ts'
export type { ConfigProblem, LogErrorKind, SinkErrorKind, SinkErrorOptions } from './errors.ts'
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

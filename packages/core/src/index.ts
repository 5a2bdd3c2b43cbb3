export { DrakkarApp } from './app.ts'
export type { AppSnapshot, DrakkarAppOptions, RunSummary } from './app.ts'
export { DeliveryAction, defineHandler, ErrorAction } from './handler.ts'
export type { AnyHandler, Awaitable, Handler, HookContext, HookResult, SinkHandles } from './handler.ts'
export { checkHandler, loadHandler } from './runtime/load-handler.ts'
export { makeTaskId, task } from './model/make-task.ts'
export type { TaskInput } from './model/make-task.ts'
export type { DeliveryError } from './model/delivery-error.ts'
export type { MessageGroup } from './model/group.ts'
export type { SourceMessage } from './model/message.ts'
export type {
  ExecutorError,
  ExecutorErrorKind,
  ExecutorResult,
  ExecutorTask,
  OutputTruncation,
  PendingContext,
  PrecomputedResult,
  TaskMetadata,
} from './model/task.ts'
export type { PipelineCounters } from './observability/pipeline-counters.ts'
export type { SinkSnapshot } from './pipeline/sinks/sink-manager.ts'
export type { SinkStats } from './model/sink-stats.ts'
export { AmbiguousSinkError, InvalidPayloadError, SinkNotConfiguredError } from './pipeline/sinks/routing-errors.ts'
export { SinkContractError } from '@drakkar/plugin-sdk'
export type { CollectResult, CustomPayload, InputOf, InputSchema } from '@drakkar/plugin-sdk'
export { SinkRegistry } from './registry/sink-registry.ts'
export type { DescribedSink, DiscoverOptions, SinkEntry } from './registry/sink-registry.ts'
export type { PreferredPackages } from './registry/plan.ts'
export type { SinkOrigin } from './registry/sink-candidate.ts'
export { validateWithPlugins } from './registry/validate-with-plugins.ts'
export { loadConfig, readConfigDocument, validateConfig } from './config/load-config.ts'
export type { ConfigDocument } from './config/load-config.ts'
export { configuredInstances } from './config/instances.ts'
export type { SinkInstanceConfig } from './config/instances.ts'
export type { DrakkarConfig } from './config/schema.ts'
export { jsonSchema } from './config/json-schema.ts'
export { generateEnvTypes } from './config/env-types.ts'
export { summaryLine } from './config/summary-line.ts'
export { openLog, sourceTopicOf } from './log/open-log.ts'
export { formatProblem } from './config/problems.ts'
export type { LoadedConfig } from './config/validate-tree.ts'
export type { EnvTypesInstance } from './config/env-types.ts'
export type { LoadedWithPlugins } from './registry/validate-with-plugins.ts'
export type { AppLogger } from './observability/logger.ts'
export { checkBinary } from './pipeline/executor/check-binary.ts'
export { effectiveConfig, unavailableSettings } from './runtime/unavailable-settings.ts'
export { resolveWorkerNames } from './config/worker-names.ts'

/**
 * The merging points. A sink package augments `SinkPayloadMap` and `SinkHandleMap`; `drakkar types` augments
 * `ConfiguredSinks` from the configuration, which turns a wrong sink name into a compile error.
 */

/** `CollectResult` key → payload type. Augmented by sink packages in their `payload.ts`. */
// oxlint-disable-next-line typescript/no-empty-object-type -- a merging point is empty until it is augmented
export interface SinkPayloadMap {}

/** Sink type → what `create()` returned as `handle`. Augmented by sink packages that expose one. */
// oxlint-disable-next-line typescript/no-empty-object-type -- a merging point is empty until it is augmented
export interface SinkHandleMap {}

/** `CollectResult` key → union of configured instance names. Written by `drakkar types`. */
// oxlint-disable-next-line typescript/no-empty-object-type -- a merging point is empty until it is augmented
export interface ConfiguredSinks {}

/** Fields every payload may carry beside those of its sink. */
export interface PayloadCommon {
  /** Idempotency key given by the handler; generated when absent (spec COL-6). Unique in the pipeline. */
  payloadId?: string
}

type IsUnion<T, U = T> = T extends unknown ? ([U] extends [T] ? false : true) : never

/** How a payload names its instance: optional when the type has one, required when it has several. */
export type SinkAddress<K extends string> = [keyof ConfiguredSinks] extends [never]
  ? { sink?: string }
  : K extends keyof ConfiguredSinks
    ? IsUnion<ConfiguredSinks[K]> extends true
      ? { sink: ConfiguredSinks[K] }
      : { sink?: ConfiguredSinks[K] | '' }
    : { sink: never }

/** A payload as the handler writes it. */
export type AddressedPayload<K extends string, P> = P & SinkAddress<K> & PayloadCommon

/** Payload for a plugin sink addressed by instance name alone (seed 000). `data` is handed over unchanged. */
export interface CustomPayload<T = unknown> extends PayloadCommon {
  sink?: string
  data: T
}

/**
 * What a hook returns: lists of payloads by sink. Keys come from the installed sink packages.
 */
export type CollectResult = {
  [K in keyof SinkPayloadMap & string]?: readonly AddressedPayload<K, SinkPayloadMap[K]>[]
} & { custom?: readonly CustomPayload[] }

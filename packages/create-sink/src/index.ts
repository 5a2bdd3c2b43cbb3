export { createSink } from './create-sink.ts'
export type { CreateSinkIo, CreateSinkOptions } from './create-sink.ts'

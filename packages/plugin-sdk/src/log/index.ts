export type {
  Assignment,
  CommitRequest,
  CommitResult,
  ConsumerListener,
  ConsumerOptions,
  LogAdmin,
  LogConsumer,
  LogOpenContext,
  LogProducer,
  LogRecord,
  MessageLog,
  OffsetRange,
  ProducedRecord,
  ProduceRecord,
  ReadOptions,
  RecordHeader,
  TopicDescription,
} from './log.ts'
export { producerDrain } from './producer-drain.ts'
export { LogError } from '../errors.ts'

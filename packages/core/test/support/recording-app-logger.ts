/** The logger of the test kit, for our own tests. */
export { createRecordingAppLogger, type AppLogEntry, type RecordingAppLogger } from '../../src/testing/recording-app-logger.ts'

import { fromDrain, openFileDrain, type SinkDrain } from '@drakkar/plugin-sdk'
import { Type } from 'typebox'

const AuditEntry = Type.Object({ actor: Type.String(), action: Type.String() }, { additionalProperties: false })

/** Payloads are answered when the file is on the disk; what comes meanwhile shares the next write and the next fsync. */
export const auditSink = fromDrain({
  type: 'audit',
  config: Type.Object({ path: Type.String({ description: 'File the entries are appended to.' }) }, { additionalProperties: false }),
  payload: AuditEntry,
  ack: 'durable',
  async open({ path }): Promise<SinkDrain<{ actor: string; action: string }>> {
    const file = await openFileDrain(path)
    return {
      writeBatch: (entries) => file.writeBatch(entries.map((entry) => `${JSON.stringify(entry)}\n`)),
      flushDurable: async () => file.flushDurable?.(),
      close: async () => file.close?.(),
    }
  },
})

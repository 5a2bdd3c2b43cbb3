/** Payloads to documents, and documents to one request for each collection. Pure. */
import { failure, SinkError, type DeliveryItem, type SinkResponse, type WireForm } from '@drakkar/plugin-sdk'
import { BSON, ObjectId } from 'mongodb'
import { collectionNameProblem } from './collection-name.ts'
import type { MongoPayload } from './payload.ts'
import { unwritableValue } from './unwritable-value.ts'

export type MongoDocument = Readonly<Record<string, unknown>>

/** One document and, for an upsert, which one it replaces. */
export interface DocumentWrite {
  /** Of the payload. */
  readonly id: string
  readonly document: MongoDocument
  /** Null: insert. */
  readonly filter: MongoDocument | null
}

export interface CollectionWrites {
  readonly collection: string
  readonly writes: readonly DocumentWrite[]
}

/** Limit of the server for one document. The driver refuses what reaches it. */
const maxDocumentBytes = 16 * 1024 * 1024

/** Requests in the order of their first payload, and the answers for payloads of which no document can be made. */
export function toRequests(
  batch: readonly DeliveryItem<MongoPayload>[],
  upsertKey: readonly string[],
): { readonly requests: readonly CollectionWrites[]; readonly refused: readonly SinkResponse[] } {
  const groups = new Map<string, DocumentWrite[]>()
  const refused: SinkResponse[] = []
  for (const { id, payload } of batch) {
    try {
      const write = toWrite(id, payload, upsertKey)
      const group = groups.get(payload.collection)
      if (group === undefined) groups.set(payload.collection, [write])
      else group.push(write)
    } catch (error) {
      refused.push(failure(id, SinkError.isInstance(error) ? error : unusable('reading the document failed', error)))
    }
  }
  return { requests: [...groups].map(([collection, writes]) => ({ collection, writes })), refused }
}

/** Throws a permanent `SinkError` for a name, a document or a key that cannot be used. The caller's object is copied (spec MGS-3). */
export function toWrite(id: string, { collection, data }: MongoPayload, upsertKey: readonly string[]): DocumentWrite {
  const problem = collectionNameProblem(collection)
  if (problem !== null) throw unusable(`the collection name ${JSON.stringify(collection)} ${problem}`)
  const document = toDocument(data, upsertKey.length === 0)
  if (upsertKey.length === 0) return { id, document, filter: null }
  if (Object.keys(document).some((key) => key.startsWith('$'))) throw unusable('a field begins with $, which a replacement may not')
  return { id, document, filter: filterOf(document, upsertKey) }
}

/**
 * The document in BSON, as the driver writes it, without the `_id` that each attempt makes for a document that has none. Throws
 * a permanent `SinkError` for what has no BSON form.
 */
export function encodeDocument({ data }: MongoPayload): WireForm {
  const document = toDocument(data)
  try {
    return { body: serialize(document) }
  } catch (error) {
    throw unusable('the document has no BSON form', error)
  }
}

/** A copy, `_id` in front where there is one. The driver would put a missing one into the document by itself, at the end. */
function toDocument(data: unknown, needsId = false): MongoDocument {
  if (!isPlain(data)) throw unusable('`data` must be an object with the fields of the document')
  const unwritable = unwritableValue(data)
  if (unwritable !== null) throw unusable(unwritable)
  const { _id, ...fields } = data
  // Null counts as none, as it does for the driver.
  if (_id !== undefined && _id !== null) return { _id, ...fields }
  return needsId ? { _id: new ObjectId(), ...fields } : fields
}

/**
 * Why this document can never be sent, or null. Asked only after the driver refused a whole request: it writes the bytes
 * of the document a second time.
 */
export function documentProblem({ document, filter }: DocumentWrite): SinkError | null {
  const sent = filter === null ? document : { q: filter, u: document, multi: false, upsert: true }
  try {
    const bytes = serialize(sent).byteLength
    return bytes < maxDocumentBytes ? null : unusable(`the document has ${bytes} bytes, the limit is ${maxDocumentBytes}`)
  } catch (error) {
    const isTooLong = error instanceof RangeError && !error.message.includes('call stack')
    return unusable(isTooLong ? `the document is over the limit of ${maxDocumentBytes} bytes` : 'the document has no BSON form', error)
  }
}

/** With the options the client has. */
function serialize(document: MongoDocument): Uint8Array {
  return BSON.serialize(document, { ignoreUndefined: true })
}

/** `$eq`, because a value that is an object would be read as a query. */
function filterOf(data: MongoDocument, upsertKey: readonly string[]): MongoDocument {
  return Object.fromEntries(upsertKey.map((field) => [field, { $eq: keyValue(data, field) }]))
}

/** Nothing that also matches other documents: null matches a missing field, a list matches lists that contain it. */
function keyValue(data: MongoDocument, field: string): unknown {
  const value = field.split('.').reduce<unknown>((holder, name) => (isPlain(holder) ? holder[name] : undefined), data)
  if (value === undefined || value === null) throw unusable(`the field ${JSON.stringify(field)} of \`upsert_key\` is missing`)
  if (Array.isArray(value)) throw unusable(`the field ${JSON.stringify(field)} of \`upsert_key\` is a list`)
  return value
}

function isPlain(value: unknown): value is MongoDocument {
  if (typeof value !== 'object' || value === null || '_bsontype' in value) return false
  return Object.prototype.toString.call(value) === '[object Object]'
}

function unusable(problem: string, cause?: unknown): SinkError {
  return new SinkError({ kind: 'permanent', code: 'DRK_SINK_PAYLOAD_INVALID', message: `Not written: ${problem}`, cause })
}

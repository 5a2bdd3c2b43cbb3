import {
  classifyError,
  defineSink,
  failure,
  fallback,
  jsonText,
  ok,
  onSuccess,
  serve,
  type SinkError,
  type SinkResponse,
  skip,
} from '@drakkar/plugin-sdk'
import { Type, type Static } from 'typebox'

const Change = Type.Object({ sku: Type.String(), change: Type.Integer(), asks: Type.Boolean() }, { additionalProperties: false })
type Change = Static<typeof Change>

/** Books a change: the new amount, or why not. A rejection means that nothing was booked. */
export type Book = (change: Change, signal: AbortSignal) => Promise<number | 'no_article' | 'full' | 'old'>

const bytes = (value: unknown): Uint8Array => new TextEncoder().encode(jsonText(value))

export const stockSink = (book: Book) =>
  defineSink({
    type: 'stock',
    config: Type.Object({}, { additionalProperties: false }),
    payload: Change,
    capabilities: { batching: true, ordered: true, fallback: true },
    create: () => ({
      /** Changes of one article stay in order; those of others pass while one waits to be tried again. */
      orderingKey: ({ sku }) => sku,
      /** For the dead-letter record: what is sent. */
      encode: (change) => ({ body: bytes(change) }),
      async deliver(batch, { signal }) {
        const answers: SinkResponse[] = []
        const waiting = new Map<string, SinkError>()
        for (const { id, payload } of batch) {
          const before = waiting.get(payload.sku)
          const answer = before === undefined ? await bookOne(book, { id, payload, signal }) : failure(id, before)
          if (answer.status === 'failure' && typeof answer.error !== 'string') waiting.set(payload.sku, answer.error)
          answers.push(answer)
        }
        return answers
      },
    }),
  })

async function bookOne(book: Book, { id, payload, signal }: { id: string; payload: Change; signal: AbortSignal }): Promise<SinkResponse> {
  try {
    const amount = await book(payload, signal)
    if (amount === 'no_article') return failure(id, 'There is no such article') // a text: permanent
    if (amount === 'full') return fallback(id) // to the instance named in `fallback`, at once
    if (amount === 'old') return skip(id, 'older than what is booked') // dropped, counted
    if (payload.asks) return serve(id, bytes({ amount })) // kept for whoever asked
    return amount < 0 ? onSuccess(id) : ok(id) // booked; below zero it also goes to `on_success`
  } catch (error) {
    return failure(id, classifyError(error)) // transient for connection errors and time-outs
  }
}

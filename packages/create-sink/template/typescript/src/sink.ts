/** From connect to close. `BaseSink` keeps the order; retries, time limits, metrics and logs are the framework's. */
import {
  BaseSink,
  failure,
  jsonText,
  ok,
  type DeliverCall,
  type DeliveryItem,
  type SinkContext,
  type SinkResponse,
} from '@drakkar/plugin-sdk'
import { classifyMyTypeError } from './classify-error.ts'
import type { MyTypeClient } from './client.ts'
import type { MyTypePayload } from './payload.ts'

export class MyTypeSink extends BaseSink<MyTypePayload> {
  readonly #client: MyTypeClient

  constructor(context: SinkContext, client: MyTypeClient) {
    super(context)
    this.#client = client
  }

  async check(): Promise<void> {
    await this.open()
  }

  protected async open(): Promise<void> {
    try {
      await this.#client.ping()
    } catch (error) {
      throw classifyMyTypeError(error)
    }
  }

  /** One answer per payload, so that a bad one does not take its neighbours to the dead-letter log. */
  protected write(batch: readonly DeliveryItem<MyTypePayload>[], { signal }: DeliverCall): Promise<readonly SinkResponse[]> {
    return Promise.all(batch.map((item) => this.#writeOne(item, signal)))
  }

  protected release(): Promise<void> {
    return this.#client.close()
  }

  async #writeOne({ id, payload }: DeliveryItem<MyTypePayload>, signal: AbortSignal): Promise<SinkResponse> {
    try {
      await this.#client.put(id, jsonText(payload.data), signal)
      return ok(id)
    } catch (error) {
      return failure(id, classifyMyTypeError(error))
    }
  }
}

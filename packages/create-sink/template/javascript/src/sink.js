/** From connect to close. `BaseSink` keeps the order; retries, time limits, metrics and logs are the framework's. */
import { BaseSink, failure, jsonText, ok } from '@drakkar/plugin-sdk'
import { classifyMyTypeError } from './classify-error.js'

/** @extends {BaseSink<{ data: unknown }>} */
export class MyTypeSink extends BaseSink {
  #client

  /**
   * @param {import('@drakkar/plugin-sdk').SinkContext} context
   * @param {import('./client.js').MyTypeClient} client
   */
  constructor(context, client) {
    super(context)
    this.#client = client
  }

  async check() {
    await this.open()
  }

  async open() {
    try {
      await this.#client.ping()
    } catch (error) {
      throw classifyMyTypeError(error)
    }
  }

  /**
   * One answer per payload, so that a bad one does not take its neighbours to the dead-letter log.
   *
   * @param {readonly import('@drakkar/plugin-sdk').DeliveryItem<{ data: unknown }>[]} batch
   * @param {import('@drakkar/plugin-sdk').DeliverCall} call
   */
  write(batch, { signal }) {
    return Promise.all(batch.map((item) => this.#writeOne(item, signal)))
  }

  release() {
    return this.#client.close()
  }

  /**
   * @param {import('@drakkar/plugin-sdk').DeliveryItem<{ data: unknown }>} item
   * @param {AbortSignal} signal
   */
  async #writeOne({ id, payload }, signal) {
    try {
      await this.#client.put(id, jsonText(payload.data), signal)
      return ok(id)
    } catch (error) {
      return failure(id, classifyMyTypeError(error))
    }
  }
}

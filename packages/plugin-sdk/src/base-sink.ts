/**
 * Optional base class of sinks that hold a connection. It owns the life cycle (spec SNK-1, SNK-2, SNK-5, SNK-10): connect and
 * close run one at a time and may be repeated, a connection that arrives after its caller gave up is released, and nothing is
 * delivered while there is no connection.
 */
import { SinkError } from './errors.ts'
import type { CallOptions, DeliverCall, DeliverResult, DeliveryItem, Sink, SinkContext } from './sink.ts'

/**
 * A subclass implements `open`, `write` and `release`; it may add `flush`, `check` and `handle`. Its constructor only keeps
 * what it is given.
 */
export abstract class BaseSink<P> implements Sink<P>, AsyncDisposable {
  /** Instance name from the configuration. */
  readonly name: string
  protected readonly context: SinkContext
  #isConnected = false
  /** True from the first `open` until `release` ran: also after a failed `open`, which may have left something behind. */
  #mustRelease = false
  /** The last life-cycle step; the next one waits for it. Never rejects. */
  #previousStep: Promise<void> = Promise.resolve()

  constructor(context: SinkContext) {
    this.context = context
    this.name = context.name
  }

  get isConnected(): boolean {
    return this.#isConnected
  }

  /** Connects; does nothing when connected. After a rejection what `open` left is released, and it may be called again. */
  connect(call: CallOptions): Promise<void> {
    const { signal } = call
    return this.#enqueue(signal, async (giveUp) => {
      signal.throwIfAborted()
      if (this.#isConnected) return
      this.#mustRelease = true
      const opening = Promise.resolve().then(() => this.open(call))
      try {
        await Promise.race([opening, giveUp])
        this.#isConnected = true
      } catch (error) {
        if (signal.aborted) await opening.catch(() => undefined)
        await this.#releaseAfterFailure(error)
        throw error
      }
    })
  }

  /** Hands the batch to `write`. An empty batch does nothing; without a connection it throws `DRK_SINK_NOT_CONNECTED`. */
  async deliver(batch: readonly DeliveryItem<P>[], call: DeliverCall): Promise<DeliverResult> {
    if (batch.length === 0) return
    this.assertConnected()
    return this.write(batch, call)
  }

  /**
   * Safe at any time. The sink counts as disconnected afterwards, also when `release` rejected. An aborted signal ends the
   * wait, not the release.
   */
  close(call: CallOptions = unlimited()): Promise<void> {
    return this.#enqueue(call.signal, async () => {
      this.#isConnected = false
      if (!this.#mustRelease) return
      this.#mustRelease = false
      await this.release(call)
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  /** Makes the connection and proves that the target is usable. What it got before it threw is `release`'s to give back. */
  protected abstract open(call: CallOptions): Promise<void>
  /** As `Sink.deliver`, but never with an empty batch and only while connected. */
  protected abstract write(batch: readonly DeliveryItem<P>[], call: DeliverCall): Promise<DeliverResult> | DeliverResult
  /** Gives back whatever `open` made, all of it or the part it got to. Called once per `open`. */
  protected abstract release(call: CallOptions): Promise<void> | void

  /** For `flush`, `check` and other members that need the connection. */
  protected assertConnected(): void {
    if (this.#isConnected) return
    const message = `Sink ${this.context.type}:${this.name} is not connected`
    throw new SinkError({ kind: 'transient', code: 'DRK_SINK_NOT_CONNECTED', message })
  }

  async #releaseAfterFailure(failure: unknown): Promise<void> {
    this.#mustRelease = false
    try {
      await this.release(unlimited())
    } catch (error) {
      this.context.logger.warn('sink_cleanup_after_connect_failure_error', { error, connect_error: failure })
    }
  }

  /**
   * Runs `step` after the steps before it. The caller is answered as soon as the signal aborts; the step itself still runs to
   * its end in the background, and the next one waits for it.
   */
  #enqueue(signal: AbortSignal, step: (giveUp: Promise<never>) => Promise<void>): Promise<void> {
    const abort = whenAborted(signal)
    const running = this.#previousStep.then(() => step(abort.promise))
    this.#previousStep = running.then(noop, noop)
    void this.#previousStep.then(abort.stop)
    return Promise.race([running, abort.promise])
  }
}

function unlimited(): CallOptions {
  return { signal: new AbortController().signal }
}

function noop(): void {}

interface AbortWait {
  /** Rejects with the signal's reason. */
  readonly promise: Promise<never>
  stop(): void
}

function whenAborted(signal: AbortSignal): AbortWait {
  let stop = noop
  const promise = new Promise<never>((_resolve, reject) => {
    const onAbort = (): void => reject(signal.reason)
    if (signal.aborted) onAbort()
    signal.addEventListener('abort', onAbort, { once: true })
    stop = () => signal.removeEventListener('abort', onAbort)
  })
  promise.catch(noop)
  return { promise, stop }
}

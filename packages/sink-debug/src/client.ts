/** The port to a standard stream. */

/** Something text is written to. */
export interface TextOutput {
  /** Resolves when the text has been handed to the operating system; a slow reader slows the sink down. */
  write(text: string): Promise<void>
  /** Stops listening to the stream. The stream itself stays open: it belongs to the process. */
  release(): void
}

/** The part of a Node stream that is used. */
export interface WritableText {
  write(text: string, done: (error?: Error | null) => void): boolean
  on(event: 'error', listener: (error: Error) => void): unknown
  off(event: 'error', listener: (error: Error) => void): unknown
}

/** A `TextOutput` on a stream. Errors reach the caller of `write`; they do not crash the process as an unheard event. */
export function createOutput(stream: WritableText): TextOutput {
  const heardByCallback = (): void => {}
  stream.on('error', heardByCallback)
  return {
    write: (text) =>
      new Promise((resolve, reject) => {
        stream.write(text, (error) => (error ? reject(error) : resolve()))
      }),
    release: () => void stream.off('error', heardByCallback),
  }
}

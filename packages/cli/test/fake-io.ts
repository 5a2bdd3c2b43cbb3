/** Streams and signals of a command under test. */
import { Readable, Writable } from 'node:stream'
import type { CommandIo } from '../src/command-io.ts'
import { OutputStream } from '../src/output-stream.ts'
import { runCli } from '../src/run-cli.ts'
import type { CliServices } from '../src/services.ts'

export interface FakeIo extends CommandIo {
  output(): string
  errors(): string
  /** As Ctrl+C does. */
  interrupt(name?: 'SIGINT' | 'SIGTERM'): void
}

export interface FakeIoOptions {
  readonly stdin?: string | Uint8Array | Readable
  readonly environment?: Readonly<Record<string, string>>
  readonly workingDirectory?: string
  readonly isTerminal?: boolean
}

export function fakeIo(options: FakeIoOptions = {}): FakeIo {
  const { stdin = '', environment = {}, workingDirectory = process.cwd(), isTerminal = false } = options
  const [stdout, stderr] = [collector(isTerminal), collector(isTerminal)]
  const controller = new AbortController()
  return {
    stdin: stdin instanceof Readable ? stdin : Readable.from(stdin.length === 0 ? [] : [Buffer.from(stdin)], { objectMode: false }),
    stdout: new OutputStream(stdout, environment),
    stderr: new OutputStream(stderr, environment),
    environment,
    workingDirectory,
    catchSignals: () => ({ signal: controller.signal, [Symbol.dispose]: () => {} }),
    output: () => stdout.text(),
    errors: () => stderr.text(),
    interrupt: (name = 'SIGINT') => controller.abort(name),
  }
}

/** Runs the command with services that refuse what the test does not give. */
export function run(io: FakeIo, services: Partial<CliServices>, ...commandLine: readonly string[]): Promise<number> {
  const refused = (name: string) => () => Promise.reject(new Error(`the test gives no ${name}`))
  return runCli({
    arguments: commandLine,
    io,
    version: '1.2.3',
    services: {
      openLog: refused('openLog'),
      openDeadLetters: refused('openDeadLetters'),
      openSinkTarget: refused('openSinkTarget'),
      runWorker: refused('runWorker'),
      ...services,
    },
  })
}

function collector(isTTY: boolean) {
  const chunks: Buffer[] = []
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(Buffer.from(chunk))
      done()
    },
  })
  return Object.assign(stream, { isTTY, text: () => Buffer.concat(chunks).toString() })
}

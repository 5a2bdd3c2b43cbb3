/**
 * What a test gets when it asks for a real service. A service is one file that lists its providers in the order
 * environment, docker, native; `start-service.ts` takes the first that works.
 */

/** Something a provider cannot do; a test that needs it says so and is left out. */
export type ServiceLimit =
  /** `stop`, `kill` and `start` reject: somebody else runs the server. */
  | 'no-restart'
  /** Not MongoDB itself but a server of its protocol: no transactions, write concerns or validators. */
  | 'not-mongodb'

export type ProviderName = 'environment' | 'docker' | 'native'

export interface ServiceOptions {
  /** Default: a free one. With a provider that does not choose its port it is ignored. */
  readonly port?: number
  /** Where the native provider keeps its data. Default: a temporary directory that `dispose` deletes. */
  readonly dataDirectory?: string
  /** Further settings of the server under its own names. Only Kafka has them; ignored where somebody else runs the server. */
  readonly settings?: Readonly<Record<string, string>>
  /** One line of progress, for people. Default: standard error. */
  readonly progress?: (line: string) => void
}

/** A running service. `stop` and `kill` resolve when the server is gone, `start` when it answers again. */
export interface ServiceHandle extends AsyncDisposable {
  readonly name: string
  /** What a client needs: `127.0.0.1:9092` for Kafka, a URL for the others. */
  readonly url: string
  readonly provider: ProviderName
  readonly limits: readonly ServiceLimit[]
  /** Of a native server's process while it runs, for signals; absent where there is none to be had. */
  readonly pid?: number | undefined
  /** Ends the server the polite way (SIGTERM). Does nothing when it is down. */
  stop(): Promise<void>
  /** Ends it the hard way (SIGKILL), as a crash would. */
  kill(): Promise<void>
  /** Starts it again with the same data on the same port. Does nothing when it runs. */
  start(): Promise<void>
  /** Stops it for good and deletes temporary data. Any number of times. */
  dispose(): Promise<void>
}

export type RequiredServiceOptions = Required<Pick<ServiceOptions, 'progress'>> & Omit<ServiceOptions, 'progress'>

export interface ServiceProvider {
  readonly name: ProviderName
  /** Null when it can be tried, else what is missing, as advice: `set DRAKKAR_TEST_KAFKA=host:port`. */
  missing(): Promise<string | null>
  start(options: RequiredServiceOptions): Promise<ServiceHandle>
}

export interface Service {
  readonly name: string
  readonly providers: readonly ServiceProvider[]
}

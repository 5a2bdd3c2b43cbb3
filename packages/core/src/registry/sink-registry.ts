/**
 * The sink types an application can use: found in manifests, ranked, and imported only when asked for (spec 18).
 */
import { PluginError, type Logger, type SinkDefinition } from '@drakkar/plugin-sdk'
import { checkDefinition } from './check-definition.ts'
import { findPackages, type PackageScan, type UnreadablePackage } from './find-packages.ts'
import { importModule, loadDefinition, type ImportModule } from './load-definition.ts'
import { candidatesOf } from './manifest-candidates.ts'
import { planSinks, type PlannedSink, type PreferredPackages } from './plan.ts'
import { RegistryEvents } from './registry-events.ts'
import { candidateLabel, preferSetting, type SinkCandidate, type SinkOrigin } from './sink-candidate.ts'
import { packageHint, unknownTypeMessage } from './unknown-type.ts'

export interface DiscoverOptions {
  /** Gets `sink_registry_override`, `sink_registry_entry_point_load_failed`, `sink_registry_entry_point_invalid`. Default: none. */
  readonly logger?: Logger
  /** `plugins.prefer` of the configuration. May be given later with `prefer()`. */
  readonly prefer?: PreferredPackages
  /** Default: Node's `import()`. */
  readonly importModule?: ImportModule
}

/** Who offers a type. */
export interface SinkEntry {
  readonly type: string
  readonly origin: SinkOrigin
  /** Empty for a definition registered in code. */
  readonly packageName: string
  readonly version: string
  /** For people: `<module path>#<export>`. */
  readonly location: string
  /** What this entry replaces, strongest first, as `<package>@<version>`. */
  readonly overrides: readonly string[]
  /** Why the type cannot be used until `plugins.prefer` is set; null when there is no conflict. */
  readonly conflict: string | null
}

/** An entry after an attempt to load it. */
export interface DescribedSink extends SinkEntry {
  /** Key of the payload list in `CollectResult`; null when the definition could not be loaded. */
  readonly payloadKey: string | null
  /** Why it cannot be used; null when it can. */
  readonly error: PluginError | null
}

const silent: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
const nothingFound: PackageScan = { appRoot: null, packages: [], notInstalled: [], unreadable: [] }

export class SinkRegistry {
  readonly #scan: PackageScan
  readonly #events: RegistryEvents
  readonly #import: ImportModule
  readonly #candidates: SinkCandidate[]
  /** Manifests that name no type at all: shown, never planned. */
  readonly #unreadable: readonly SinkCandidate[]
  #prefer: PreferredPackages
  #plan: ReadonlyMap<string, PlannedSink>
  readonly #loading = new Map<SinkCandidate, Promise<SinkDefinition>>()

  /** An empty registry, for code that registers everything itself. Applications use `discover`. */
  constructor(options: DiscoverOptions & { readonly scan?: PackageScan } = {}) {
    this.#scan = options.scan ?? nothingFound
    this.#events = new RegistryEvents(options.logger ?? silent)
    this.#import = options.importModule ?? importModule
    this.#prefer = options.prefer ?? {}
    const offers = this.#scan.packages.flatMap((found) => candidatesOf(found))
    this.#candidates = offers.filter(({ type }) => type !== '')
    this.#unreadable = [...offers.filter(({ type }) => type === ''), ...this.#scan.unreadable.map(unreadableCandidate)]
    this.#plan = planSinks(this.#candidates, this.#prefer)
    this.#events.unusable(this.#scan, offers)
    this.#events.overrides(this.#plan)
  }

  /**
   * Reads the manifests of the application at or above `root` and of its direct dependencies. Imports nothing and never
   * fails because of a package: what is broken is logged, shown by `describe()`, and an error when its type is loaded.
   */
  static async discover(root: string, options: DiscoverOptions = {}): Promise<SinkRegistry> {
    return new SinkRegistry({ ...options, scan: await findPackages(root) })
  }

  /** Folder of the application's package.json, null when there is none. */
  get appRoot(): string | null {
    return this.#scan.appRoot
  }

  /** Who offers the type, or null. Never throws, imports nothing (spec REG-2). */
  get(type: string): SinkEntry | null {
    const planned = this.#plan.get(type)
    return planned === undefined ? null : toEntry(planned)
  }

  /** All types that can be configured, sorted. Types of manifest entries that can never be loaded are left out. */
  allNames(): readonly string[] {
    return [...this.#plan.values()].filter(({ winner }) => winner.source.kind !== 'invalid').map(({ winner }) => winner.type)
  }

  /** How to get a type that nobody offers, as half a sentence: names the package to install when it is one of this project's. */
  packageHint(type: string): string {
    return packageHint({ type, ...this.#scan })
  }

  /** Types that several packages offer and that nothing settles; startup refuses them (spec REG-8). */
  conflicts(): readonly PluginError[] {
    return [...this.#plan.values()].flatMap((planned) => (planned.conflict === null ? [] : [conflictError(planned, planned.conflict)]))
  }

  /** Applies `plugins.prefer` of the configuration, instead of what was given before. */
  prefer(prefer: PreferredPackages): void {
    this.#prefer = prefer
    this.#replan()
  }

  /**
   * Adds a definition in code; it wins over every package and over an earlier registration of its type.
   * Throws `PluginError` (`DRK_PLUGIN_INVALID`) for anything `defineSink` did not make.
   */
  register(definition: SinkDefinition): void {
    const check = checkDefinition(definition, null)
    if (!check.usable) {
      const message = `register() needs a sink definition: ${check.reason}`
      throw new PluginError({ code: 'DRK_PLUGIN_INVALID', sinkType: typeOf(definition), message })
    }
    const source = { kind: 'registered', definition } as const
    this.#candidates.push({
      type: definition.type,
      packageName: '',
      version: '',
      origin: 'registered',
      location: 'registered in code',
      source,
    })
    this.#replan()
  }

  /**
   * The definition of a type; imports its module the first time. Rejects with `PluginError`:
   * `DRK_PLUGIN_UNKNOWN_TYPE` naming the package to install, `DRK_PLUGIN_CONFLICT`, `DRK_PLUGIN_LOAD_FAILED`,
   * `DRK_PLUGIN_INVALID`.
   */
  async load(type: string): Promise<SinkDefinition> {
    const planned = this.#plan.get(type)
    if (planned === undefined) throw this.#unknownType(type)
    if (planned.conflict !== null) throw conflictError(planned, planned.conflict)
    try {
      return await this.#loadOnce(planned.winner)
    } catch (error) {
      throw PluginError.isInstance(error) ? withWaysOut(error, planned, this.allNames()) : error
    }
  }

  /**
   * Every type with its provider, and every manifest entry that cannot be used, sorted by type; loads all of them to tell
   * which ones work. An entry without a type stands for a whole manifest. Never rejects.
   */
  async describe(): Promise<readonly DescribedSink[]> {
    const planned = [...this.#plan.values()]
    const shown = new Set(planned.map(({ winner }) => winner))
    const hidden = this.#candidates.filter((candidate) => candidate.source.kind === 'invalid' && !shown.has(candidate))
    const alone = [...this.#unreadable, ...hidden].map((winner): PlannedSink => ({ winner, overrides: [], conflict: null }))
    const rows = await Promise.all([...alone, ...planned].map((each) => this.#describeOne(each)))
    return rows.sort((a, b) => (a.type < b.type ? -1 : a.type > b.type ? 1 : 0))
  }

  async #describeOne(planned: PlannedSink): Promise<DescribedSink> {
    const entry = toEntry(planned)
    if (planned.conflict !== null) return { ...entry, payloadKey: null, error: conflictError(planned, planned.conflict) }
    try {
      const { payloadKey } = await this.#loadOnce(planned.winner)
      return { ...entry, payloadKey, error: null }
    } catch (error) {
      if (!PluginError.isInstance(error)) throw error
      return { ...entry, payloadKey: null, error }
    }
  }

  #loadOnce(candidate: SinkCandidate): Promise<SinkDefinition> {
    let loading = this.#loading.get(candidate)
    if (loading === undefined) {
      loading = loadDefinition(candidate, this.#import)
      loading.catch((error: unknown) => this.#events.loadFailure(candidate, error))
      this.#loading.set(candidate, loading)
    }
    return loading
  }

  #replan(): void {
    this.#plan = planSinks(this.#candidates, this.#prefer)
    this.#events.overrides(this.#plan)
  }

  #unknownType(type: string): PluginError {
    const { appRoot, notInstalled } = this.#scan
    const message = unknownTypeMessage({ type, knownTypes: this.allNames(), appRoot, notInstalled })
    return new PluginError({ code: 'DRK_PLUGIN_UNKNOWN_TYPE', sinkType: type, message })
  }
}

function toEntry({ winner, overrides, conflict }: PlannedSink): SinkEntry {
  const { type, origin, packageName, version, location } = winner
  return { type, origin, packageName, version, location, overrides: overrides.map(candidateLabel), conflict }
}

function conflictError({ winner }: PlannedSink, message: string): PluginError {
  return new PluginError({ code: 'DRK_PLUGIN_CONFLICT', sinkType: winner.type, message })
}

/** A configured type that fails ends the start, and the message says what else there is (spec REG-7). */
function withWaysOut(error: PluginError, { overrides }: PlannedSink, knownTypes: readonly string[]): PluginError {
  const { code, sinkType, packageName, cause } = error
  const replaced = overrides.find((candidate) => candidate.packageName !== '')
  const instead = replaced === undefined ? '' : `; ${preferSetting(replaced)} uses ${candidateLabel(replaced)} instead`
  const message = `${error.message}${instead}; installed types: ${knownTypes.join(', ')}`
  return new PluginError({ code, sinkType, packageName, cause, message })
}

function typeOf(value: unknown): string {
  return typeof value === 'object' && value !== null && 'type' in value ? String(value.type) : ''
}

/** A package.json that cannot be read, as a row of `describe()`. */
function unreadableCandidate({ name, file, error }: UnreadablePackage): SinkCandidate {
  const source = { kind: 'invalid', reason: `it cannot be read: ${error}` } as const
  return { type: '', packageName: name, version: '', origin: 'third_party', location: file, source }
}

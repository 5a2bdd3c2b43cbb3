/**
 * Jars of a Maven artifact with everything it needs at run time, fetched once per machine by Maven itself, so that the
 * user's mirrors and proxies are honoured.
 */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { cacheDirectory } from './cache-directory.ts'
import { commandWorks } from './native-process.ts'

const dependencyPlugin = 'org.apache.maven.plugins:maven-dependency-plugin:3.6.1'
const progressEveryMs = 5000

export interface MavenArtifacts {
  /** Name of the cache entry, with the version in it. */
  readonly name: string
  /** `group:artifact:version`. */
  readonly coordinates: readonly string[]
}

/** Null when the jars are there or can be fetched. */
export async function missingForMaven(artifacts: MavenArtifacts): Promise<string | null> {
  if (existsSync(jarsDirectory(artifacts))) return null
  return (await commandWorks('mvn', ['--version'])) ? null : 'install Maven (`mvn`), which fetches the server from Maven Central'
}

function jarsDirectory(artifacts: MavenArtifacts): string {
  return join(cacheDirectory(), artifacts.name)
}

/**
 * The directory with the jars. Two processes may do this at once: each fetches into a directory of its own and the
 * first to finish wins.
 */
export async function installJars(artifacts: MavenArtifacts, progress: (line: string) => void): Promise<string> {
  const target = jarsDirectory(artifacts)
  if (existsSync(target)) return target
  await mkdir(cacheDirectory(), { recursive: true })
  const work = await mkdtemp(join(cacheDirectory(), '.install-'))
  const startedAtMs = Date.now()
  const say = (what: string) => progress(`${artifacts.name}: ${what} (${Math.round((Date.now() - startedAtMs) / 1000)} s)`)
  progress(`${artifacts.name}: fetching from Maven Central, once per machine, about a minute`)
  const timer = setInterval(() => say('still fetching'), progressEveryMs)
  try {
    await writeFile(join(work, 'pom.xml'), pom(artifacts))
    await runMaven(work)
    await rename(join(work, 'jars'), target).catch((error: NodeJS.ErrnoException) => {
      if (!existsSync(target)) throw error
    })
    say(`installed in ${target}`)
    return target
  } finally {
    clearInterval(timer)
    await rm(work, { recursive: true, force: true })
  }
}

function pom(artifacts: MavenArtifacts): string {
  const dependencies = artifacts.coordinates.map((coordinate) => {
    const [group, artifact, version] = coordinate.split(':')
    return `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency>`
  })
  return `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>drakkar.test</groupId><artifactId>service</artifactId><version>1</version><packaging>pom</packaging>
<dependencies>${dependencies.join('\n')}</dependencies></project>\n`
}

async function runMaven(directory: string): Promise<void> {
  const goals = ['-q', '-B', '-ntp', '-f', 'pom.xml', `${dependencyPlugin}:copy-dependencies`]
  const child = spawn('mvn', [...goals, '-DincludeScope=runtime', `-DoutputDirectory=${join(directory, 'jars')}`], {
    cwd: directory,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  const collect = (chunk: Buffer) => {
    output = (output + chunk.toString()).slice(-4000)
  }
  child.stdout.on('data', collect)
  child.stderr.on('data', collect)
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  if (code !== 0) throw new Error(`mvn failed with code ${code}:\n${output}`)
}

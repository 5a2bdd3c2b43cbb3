import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { officialSinkPackages } from './official-packages.ts'

const packagesFolder = fileURLToPath(new URL('../../../', import.meta.url))

function manifestsOfThisRepository(): Readonly<Record<string, string>> {
  const folders = readdirSync(packagesFolder).filter(
    (folder) => folder.startsWith('sink-') && existsSync(`${packagesFolder}${folder}/package.json`),
  )
  return Object.fromEntries(
    folders.flatMap((folder) => {
      const { name, drakkar } = JSON.parse(readFileSync(`${packagesFolder}${folder}/package.json`, 'utf8')) as ManifestShape
      return Object.keys(drakkar.sinks).map((type) => [type, name])
    }),
  )
}

interface ManifestShape {
  readonly name: string
  readonly drakkar: { readonly sinks: Readonly<Record<string, string>> }
}

it('names the package of every sink type this repository offers', () => {
  const manifests = manifestsOfThisRepository()
  expect(Object.keys(manifests)).toContain('kafka')
  expect(officialSinkPackages).toMatchObject(manifests)
})

it('names no type that an existing package does not offer', () => {
  const manifests = manifestsOfThisRepository()
  const existing = new Set(Object.values(manifests))
  const ofExistingPackages = Object.entries(officialSinkPackages).filter(([, name]) => existing.has(name))
  expect(Object.fromEntries(ofExistingPackages)).toEqual(manifests)
})

import { mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { sinkConformance } from '@drakkar/plugin-sdk/conformance'
import { it } from 'vitest'
import { myTypeSink } from '../src/index.ts'

const read = async (file: string): Promise<unknown> => ({ data: JSON.parse(await readFile(file, 'utf8')) })

sinkConformance(it, {
  definition: myTypeSink,
  createTarget: () => mkdtemp(`${tmpdir()}/my_type-`),
  config: (folder) => ({ folder }),
  samples: [{ data: { n: 1 } }, { data: ['two'] }],
  refusedSample: { data: new Map() },
  probe: async (folder) => Promise.all((await readdir(folder)).map((name) => read(`${folder}/${name}`))),
  makeUnreachable: (folder) => rename(folder, `${folder}.away`),
  makeReachable: (folder) => rename(`${folder}.away`, folder),
  disposeTarget: (folder) => rm(folder, { recursive: true }),
})

import { mkdtemp, readFile, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { it } from 'node:test'
import { sinkConformance } from '@drakkar/plugin-sdk/conformance'
import measuredFileSink from '../src/index.js'

sinkConformance(it, {
  definition: measuredFileSink,
  createTarget: () => mkdtemp(`${tmpdir()}/measured-file-`),
  config: (folder) => ({ base_path: folder }),
  samples: [1, 2].map((n) => ({ path: 'lines.jsonl', data: { n } })),
  refusedSample: { path: '../lines.jsonl', data: 1 },
  probe: async (folder) => (await readFile(`${folder}/lines.jsonl`, 'utf8').catch(() => '')).split('\n').filter(Boolean).map(payload),
  makeUnreachable: (folder) => rename(folder, `${folder}.away`),
  makeReachable: (folder) => rename(`${folder}.away`, folder),
  disposeTarget: (folder) => rm(folder, { recursive: true }),
})

const payload = (/** @type {string} */ line) => ({ path: 'lines.jsonl', data: JSON.parse(line) })

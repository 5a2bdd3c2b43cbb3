/** F38: configuration files that are damaged or hostile, given to `drakkar run`. */
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { configMistakes } from '../command/config-mistakes.ts'
import { drakkar } from '../command/drakkar.ts'
import { defineScenario, type Stage } from '../contract.ts'
import { programFolder } from '../places.ts'

const counts = { ci: 4, hour: 200, soak: 200 } as const

export default defineScenario({
  id: 'F38',
  name: 'hostile-config',
  fault: 'configuration files that are damaged, mistaken or hostile, beside a worker that runs',
  invariant: 'exit 2 with file:line:column, no file made; the worker beside is not touched',
  group: 'disk',
  tiers: { ci: { messages: 200 }, hour: { messages: 5000 } },
  limits: { duplicates: 0, reExecuted: 0, recoverySeconds: null, rebalances: 0 },

  async inject(stage) {
    const folder = join(stage.folder, 'stranger')
    await mkdir(folder)
    for (const { name, text } of configMistakes(goodConfig(stage), counts[stage.tier], stage.random.fork('mistakes'))) {
      await writeFile(join(folder, 'drakkar.yaml'), text)
      const args = ['run', '--config', 'drakkar.yaml', '--handler', join(programFolder, 'handler.mjs')]
      const { code, output, errors } = await drakkar(args, { cwd: folder })
      const said = `${output}${errors}`
      const made = (await readdir(folder)).filter((file) => file !== 'drakkar.yaml')
      if (code !== 2) stage.breaches.push(`${name}: exit ${code}: ${said.slice(0, 300)}`)
      if (!/drakkar\.yaml:\d+:\d+/.test(said)) stage.breaches.push(`${name}: no place is named: ${said.slice(0, 300)}`)
      if (made.length > 0) stage.breaches.push(`${name}: made ${made.join(', ')}`)
      stage.figures['files_refused'] = (stage.figures['files_refused'] ?? 0) + 1
    }
  },

  bite: ({ figures }) => figures['files_refused'] ?? 0,
})

/** It would join the group of the worker that runs, and make a log file and a spool, if it were taken. */
function goodConfig({ broker, names }: Stage): string {
  return [
    'kafka:',
    `  brokers: ${broker.address}`,
    `  source_topic: ${names.topic}`,
    `  consumer_group: ${names.group}`,
    'executor:',
    '  max_executors: 2',
    'logging:',
    '  output: worker.log',
    'dlq:',
    '  spool_dir: spool',
    '',
  ].join('\n')
}

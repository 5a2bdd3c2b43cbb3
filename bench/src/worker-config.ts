/** Configuration files of the Drakkar contenders. JSON is YAML. */
import { writeFile } from 'node:fs/promises'

/** Switches off what the race's peers do not have, as long as it is off by a documented setting. */
export async function writeWorkerConfig(path: string, config: Readonly<Record<string, unknown>>): Promise<string> {
  const quiet = { metrics: { enabled: false }, debug: { enabled: false }, logging: { level: 'WARNING', output: 'stderr' } }
  await writeFile(path, JSON.stringify({ ...quiet, ...config }))
  return path
}

// Search requests over real text: the documentation and sources of the packages installed in this repository.
import { opendir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const textRoot = fileURLToPath(new URL('../../../node_modules', import.meta.url))
const textFile = /\.(md|txt|d\.ts|js|json)$|^(LICENSE|README)/i
const patterns = ['error', 'timeout', 'deprecated', 'https\\?://', 'todo', 'buffer', 'promise', 'kafka']

/**
 * Batches of requests. A few per hundred ask for a file that does not exist, a few per thousand are not JSON at all: both
 * end in the dead-letter log.
 *
 * @param {number} count
 * @param {number} batchSize
 */
export async function* searchRequests(count, batchSize) {
  const files = await findFiles(Math.ceil(count / patterns.length))
  /** @type {{ key: string, value: string }[]} */
  let batch = []
  for (let number = 0; number < count; number += 1) {
    batch.push(request(number, files))
    if (batch.length < batchSize && number < count - 1) continue
    yield batch
    batch = []
  }
}

/** @param {number} number @param {readonly string[]} files */
function request(number, files) {
  const requestId = `r${String(number).padStart(6, '0')}`
  if (number % 400 === 399) return { key: requestId, value: `${requestId} is not JSON` }
  const pattern = patterns[number % patterns.length]
  const known = files[Math.floor(number / patterns.length) % files.length]
  const file = number % 150 === 149 ? `${known}.gone` : known
  return { key: requestId, value: JSON.stringify({ request_id: requestId, pattern, file }) }
}

/** @param {number} wanted */
async function findFiles(wanted) {
  /** @type {string[]} */
  const files = []
  for await (const path of walk(textRoot)) {
    files.push(path)
    if (files.length >= wanted) break
  }
  if (files.length === 0) throw new Error('no text files found to search in')
  return files
}

/** @param {string} folder @returns {AsyncGenerator<string>} */
async function* walk(folder) {
  for await (const entry of await opendir(folder)) {
    const path = join(folder, entry.name)
    if (entry.isDirectory() && !entry.name.startsWith('.')) yield* walk(path)
    else if (entry.isFile() && textFile.test(entry.name)) yield path
  }
}

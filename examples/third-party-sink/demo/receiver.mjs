// `node demo/receiver.mjs`: listens on port 8099 and says of each event whether its signature is right.
import { timingSafeEqual } from 'node:crypto'
import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import { signature } from '../src/request.js'

const secret = 'whsec_b3BlbnNlc2FtZQ=='

/** @param {import('node:http').IncomingMessage} request @param {import('node:http').ServerResponse} response */
async function receive(request, response) {
  const body = await text(request)
  const header = (/** @type {string} */ name) => String(request.headers[`webhook-${name}`])
  const expected = Buffer.from(`v1,${signature(`${header('id')}.${header('timestamp')}.${body}`, secret)}`)
  const found = Buffer.from(header('signature'))
  const isSigned = found.length === expected.length && timingSafeEqual(found, expected)
  console.log(`${isSigned ? 'signed' : 'FORGED'} ${header('id')} ${body}`)
  response.writeHead(isSigned ? 204 : 401).end()
}

const server = createServer((request, response) => void receive(request, response))
server.listen(8099, '127.0.0.1', () => console.log('listening on http://127.0.0.1:8099'))

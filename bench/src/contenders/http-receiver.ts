/**
 * `node http-receiver.js`: the server of the HTTP sink's race, on loopback. Counts POST by path; GET answers the count, DELETE
 * forgets it. Prints its URL, and ends with SIGTERM.
 */
import { createServer, type IncomingMessage } from 'node:http'

const counts = new Map<string, number>()

const server = createServer((request, response) => {
  request.resume()
  request.once('end', () => {
    const body = answer(request)
    response.writeHead(200, { 'content-type': 'text/plain', 'content-length': body.length })
    response.end(body)
  })
})

function answer({ method, url = '/' }: IncomingMessage): string {
  if (method === 'GET') return String(counts.get(url) ?? 0)
  if (method === 'DELETE') counts.delete(url)
  else counts.set(url, (counts.get(url) ?? 0) + 1)
  return 'ok'
}

server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('no port')
  process.stdout.write(`http://127.0.0.1:${address.port}\n`)
})

/** A load balancer as small as one can be: HTTP, each request to the next portal in turn, no stickiness. */
import { Agent, request as ask, createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export type Balancer = {
  url: string
  /** Where requests go from now on: 'http://localhost:1234/'. */
  portals: string[]
  /** How many answers each portal has given. */
  answers: Map<string, number>
  /** Why a request was asked again of the next portal, such as ECONNREFUSED. */
  passedOn: string[]
  close: () => Promise<void>
}

/** Like nginx, it asks the next portal when one refuses the connection, and when one breaks it before an answer to a GET. */
export async function openBalancer(portals: readonly string[]): Promise<Balancer> {
  const agent = new Agent({ keepAlive: true })
  let turn = 0
  const server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part) => parts.push(part))
    request.on('end', () => {
      turn += 1
      const first = turn % balancer.portals.length
      // The others are asked in the order in which they come after it.
      const order = [...balancer.portals.slice(first), ...balancer.portals.slice(0, first)]
      pass(request, Buffer.concat(parts), response, order)
    })
  })

  function pass(request: IncomingMessage, body: Buffer, response: ServerResponse, order: readonly string[]): void {
    const [portal = '', ...others] = order
    const { hostname, port } = new URL(portal)
    const headers = { ...request.headers, 'x-forwarded-for': request.socket.remoteAddress ?? '' }
    const asked = ask({ hostname, port, path: request.url, method: request.method, headers, agent }, (answer) => {
      balancer.answers.set(portal, (balancer.answers.get(portal) ?? 0) + 1)
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
      answer.once('error', () => response.destroy())
    })
    asked.once('error', ({ code = '' }: NodeJS.ErrnoException) => {
      if (response.headersSent) response.destroy()
      else if (others.length > 0 && (code === 'ECONNREFUSED' || request.method === 'GET')) {
        balancer.passedOn.push(code)
        pass(request, body, response, others)
      } else response.writeHead(502).end()
    })
    asked.end(body)
  }

  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const balancer: Balancer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    portals: [...portals],
    answers: new Map(),
    passedOn: [],
    async close() {
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
      agent.destroy()
    },
  }
  return balancer
}

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { WebSocketServer } from 'ws'
import { handler } from './http'
import { Groups } from './groups'
import { serveSocket } from './sockets'
import { Tokens } from './tokens'
import { World } from './world'

export interface FakeServer {
  url: string
  world: World
  tokens: Tokens
  close(): Promise<void>
}

/** A server that speaks the contract from memory: for browser tests where the real one is not running. */
export async function startFakeServer(): Promise<FakeServer> {
  const world = new World()
  const tokens = new Tokens()
  const respond = handler(world, new Groups(world), tokens, fileURLToPath(new URL('../../dist', import.meta.url)))
  const server = createServer((request, response) => void respond(request, response))
  const sockets = new WebSocketServer({ server, path: '/ws', handleProtocols: (offered) => (offered.has('uim.v1') ? 'uim.v1' : false) })
  sockets.on('connection', (socket) => serveSocket(socket, world, tokens))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://localhost:${port}`,
    world,
    tokens,
    close: async () => {
      for (const socket of sockets.clients) socket.terminate()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

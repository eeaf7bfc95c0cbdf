import type { AddressInfo } from 'node:net'
import { type StartParts, startApp } from './app.ts'
import type { Ground } from './crawl.ts'

/** The address that the portal under test believes to have; plain http, so that a browser takes its files from here. */
const publicOrigin = 'http://samverkan.example.se'

/** The whole portal behind a real port. Close it before the database. */
export async function serve({ env = {}, ...parts }: StartParts): Promise<Ground & { close: () => Promise<void> }> {
  const app = await startApp({ ...parts, env: { PUBLIC_ORIGIN: publicOrigin, ...env } })
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as AddressInfo
  return {
    server: `http://127.0.0.1:${port}`,
    publicOrigin,
    base: env.BASE_PATH ?? '',
    async close() {
      app.server.closeAllConnections()
      await app.close()
    },
  }
}

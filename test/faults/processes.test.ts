import { Agent, request as ask } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { kalmarDatabase, urlsOf } from '../support/database.ts'
import { newFolder, startPortal } from '../support/process.ts'

const { appUrl, ownerUrl } = urlsOf(await kalmarDatabase())

test('a portal that is asked to stop while many read answers every request that it has been sent', async () => {
  const portal = await startPortal({
    dataDir: newFolder(),
    env: { DATABASE_URL: appUrl, DATABASE_OWNER_URL: ownerUrl },
  })
  const { hostname, port } = new URL(portal.url)
  const agent = new Agent({ keepAlive: true, maxSockets: 20 })
  const paths = ['/', '/beslut', '/grupper', '/moten-och-protokoll', '/sok?q=utskrivning', '/handlingsplaner']
  let stopping = false
  let answered = 0
  const lost: string[] = []
  const get = (path: string) =>
    new Promise<number>((done, fail) => {
      ask({ hostname, port, path, agent }, (answer) => {
        answer.resume()
        answer.once('end', () => done(answer.statusCode ?? 0))
        answer.once('error', fail)
      })
        .once('error', fail)
        .end()
    })
  const readers = Array.from({ length: 20 }, async (_, reader) => {
    for (let turn = reader; ; turn += 1) {
      try {
        const status = await get(paths[turn % paths.length] as string)
        answered += 1
        if (status !== 200) lost.push(`status ${status}`)
      } catch (error) {
        // A new connection that is refused was never a request; whoever balances load asks another portal.
        const { code = '' } = error as { code?: string }
        if (stopping && code === 'ECONNREFUSED') return
        lost.push(code)
        if (lost.length > 50) return
      }
    }
  })
  while (answered < 200) await sleep(10)
  stopping = true
  const before = answered
  const end = await portal.stop()
  await Promise.all(readers)
  agent.destroy()
  expect(lost).toEqual([])
  expect(answered).toBeGreaterThan(before)
  expect(end).toMatchObject({ code: 0 })
}, 60_000)

import type { Kysely } from 'kysely'
import { buildApp } from '../../src/app.ts'
import type { Database } from '../../src/db/database.ts'
import type { Identity } from '../../src/http/permissions.ts'
import type { App } from '../../src/http/server.ts'
import { type Day, day } from '../../src/kernel/dates.ts'
import { testConfig } from './app.ts'

/** Somebody signed in, by a word in the header `x-who`; nobody without it. */
export const cast = {
  samordnare: { actor: { kind: 'person', name: 'samordnare' }, coordinates: 'all' },
  kollega: { actor: { kind: 'person', name: 'samordnare för allt' }, coordinates: 'all' },
  aldre: { actor: { kind: 'person', name: 'samordnare för Äldre' }, coordinates: new Set(['aldre']) },
  ledamot: { actor: { kind: 'person', name: 'ledamot' }, member: true },
  administrator: { actor: { kind: 'person', name: 'administratör' }, administrator: true },
} as const

export type Who = keyof typeof cast

const nobody: Identity = {
  actor: { kind: 'public', name: 'allmänheten' },
  signedIn: false,
  member: false,
  administrator: false,
  coordinates: new Set(),
}

/** The portal where whoever asks says who it is. `people` gives a word a person of the register. */
export async function startWorkspace(
  db: Kysely<Database>,
  today: Day | (() => Day) = day('2026-03-10'),
  people: Partial<Record<Who, number>> = {},
): Promise<App> {
  const app = await buildApp({
    db,
    config: testConfig(),
    today: typeof today === 'function' ? today : () => today,
    identify: (request) => {
      const who = request.headers['x-who'] as Who | undefined
      if (who === undefined) return nobody
      const personId = people[who]
      const { actor, ...rest } = cast[who]
      return {
        ...nobody,
        ...rest,
        actor: { kind: 'person', name: actor.name },
        signedIn: true,
        ...(personId === undefined ? {} : { personId }),
      }
    },
  })
  await app.ready()
  return app
}

type Fields = Record<string, string | readonly string[]>

export type Person = {
  get: (url: string) => ReturnType<typeof asked>
  post: (url: string, fields?: Fields) => ReturnType<typeof asked>
}

async function asked(
  app: App,
  options: { method: 'GET' | 'POST'; url: string; headers: Record<string, string>; payload?: string },
) {
  const answer = await app.inject(options)
  return {
    status: answer.statusCode,
    body: answer.body,
    location: String(answer.headers.location ?? ''),
    headers: answer.headers,
  }
}

/** A browser of somebody's. */
export function as(app: App, who: Who | null): Person {
  const headers = { accept: 'text/html', ...(who === null ? {} : { 'x-who': who }) }
  return {
    get: (url) => asked(app, { method: 'GET', url, headers }),
    post(url, fields = {}) {
      const payload = new URLSearchParams()
      for (const [name, value] of Object.entries(fields))
        for (const one of [value].flat()) payload.append(name, one as string)
      return asked(app, {
        method: 'POST',
        url,
        headers: { ...headers, 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'same-origin' },
        payload: payload.toString(),
      })
    },
  }
}

/** The value of a field of a page. */
export function fieldIn(html: string, name: string): string {
  const input = new RegExp(`<input[^>]*name="${name}"[^>]*>`).exec(html)?.[0] ?? ''
  const value = /value="([^"]*)"/.exec(input)?.[1]
  if (value === undefined) throw new Error(`no field ${name} on the page`)
  return value
}

/** The text of a page without its markup. */
export function textOf(html: string): string {
  return html
    .replace(/<(script|style)[\s\S]*?<\/\1>/g, '')
    .replace(/<[^>]+>/g, ' ')
    .replace(/&quot;/g, '"')
    .replace(/&#39;/g, "'")
    .replace(/&amp;/g, '&')
    .replace(/\s+/g, ' ')
}

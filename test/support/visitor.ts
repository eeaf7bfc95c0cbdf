/** A browser of somebody's before a real portal, over its port. */
import type { Person } from './workspace.ts'

export type Visitor = Person & {
  /** Sends a form with files, as the page does. */
  upload: (url: string, fields: Record<string, string>, files: readonly Sent[]) => ReturnType<Person['post']>
}

export type Sent = { field: string; name: string; bytes: Uint8Array<ArrayBuffer> }

/** @param server 'http://localhost:1234/'; what is asked for there is a path */
export function visitor(server: string, cookie = ''): Visitor {
  const headers = { accept: 'text/html', ...(cookie ? { cookie } : {}) }
  async function ask(url: string, init: RequestInit = {}): ReturnType<Person['post']> {
    const answer = await fetch(new URL(url, server), { redirect: 'manual', headers, ...init })
    return {
      status: answer.status,
      body: await answer.text(),
      location: answer.headers.get('location') ?? '',
      headers: Object.fromEntries(answer.headers),
    }
  }
  const send = (url: string, body: URLSearchParams | FormData) =>
    ask(url, { method: 'POST', headers: { ...headers, 'sec-fetch-site': 'same-origin' }, body })
  return {
    get: (url) => ask(url),
    post(url, fields = {}) {
      const form = new URLSearchParams()
      for (const [name, value] of Object.entries(fields))
        for (const one of [value].flat()) form.append(name, one as string)
      return send(url, form)
    },
    upload(url, fields, files) {
      const form = new FormData()
      for (const [name, value] of Object.entries(fields)) form.append(name, value)
      for (const { field, name, bytes } of files) form.append(field, new Blob([bytes]), name)
      return send(url, form)
    },
  }
}

/** Somebody who opens every page and fills in every form that stands there, as a browser without scripts would. */
import type { App } from '../../src/http/server.ts'
import type { Chance } from './chance.ts'
import { type FormField, formsIn, linksIn, type PageForm } from './page-forms.ts'

export type Sent = { page: string; route: string; status: number }

export type Robot = {
  /** Every page that was opened, with what it showed the last time. */
  pages: ReadonlyMap<string, string>
  /** Every form that was found, one for each kind: where it leads and which fields it has. */
  forms: ReadonlyMap<string, PageForm>
  /** How many forms of each POST route were taken, and how many were refused to the last try. */
  taken: ReadonlyMap<string, number>
  refused: ReadonlyMap<string, string>
  /** Answers that no form may get. */
  broken: readonly Sent[]
}

export type Work = {
  app: App
  cookie: string
  chance: Chance
  /** Where to begin, besides the addresses that hold nothing of their own. */
  starts?: readonly string[]
  /** Only there, and where that leads to. */
  onlyThere?: boolean
  /** What is written in a field for text. */
  words: (field: FormField, form: PageForm) => string
  /** A file for forms that want one. */
  file?: { name: string; bytes: Buffer }
  /** Routes whose forms are left alone: they would end what the rest of the work is done on. */
  leave: RegExp
  /** How many pages are opened of each route, and how many forms of each route are sent until they are taken. */
  pagesEach?: number
  formsEach?: number
  /** What else is done with each answer. */
  seen?: (url: string, body: string, status: number) => void
}

const triesEach = 7

/** Does it. Pages that a form leads to are opened next, so that what has just been made is gone on with. */
export async function fillEverything(work: Work): Promise<Robot> {
  const { app, cookie, chance, pagesEach = 3, formsEach = 2 } = work
  const routes = routesOf(app)
  const waiting = [...(work.starts ?? []), ...(work.onlyThere ? [] : routes.plain)]
  const known = new Set(waiting)
  const opened = new Map<string, number>()
  const pages = new Map<string, string>()
  const forms = new Map<string, PageForm>()
  const taken = new Map<string, number>()
  const refused = new Map<string, string>()
  const broken: Sent[] = []

  const headers = { accept: 'text/html', cookie, 'sec-fetch-site': 'same-origin' }
  const note = (page: string, route: string, status: number) => {
    if (status >= 500) broken.push({ page, route, status })
  }

  async function open(url: string): Promise<string | null> {
    const answer = await app.inject({ url, headers })
    note(url, routes.of('GET', url), answer.statusCode)
    const location = answer.headers.location
    if (typeof location === 'string') return open(location)
    if (answer.statusCode !== 200 || !String(answer.headers['content-type']).startsWith('text/html')) return null
    work.seen?.(url, answer.body, answer.statusCode)
    pages.set(url, answer.body)
    return answer.body
  }

  async function send(form: PageForm, fields: readonly [string, string][], round: number) {
    // Where a text may be pasted instead, one of them is enough.
    const withFile = round % 2 === 1 || !form.fields.some(({ kind }) => kind === 'area')
    const file = withFile ? form.fields.find(({ kind }) => kind === 'file') : undefined
    const body = form.multipart
      ? multipart(fields, file && work.file ? { field: file.name, ...work.file } : null)
      : {
          payload: new URLSearchParams(fields as [string, string][]).toString(),
          type: 'application/x-www-form-urlencoded',
        }
    const url = form.action === '' ? form.page : form.action
    const answer = await app.inject({
      method: 'POST',
      url,
      headers: { ...headers, 'content-type': body.type },
      payload: body.payload,
    })
    note(form.page, `POST ${routes.of('POST', url)}`, answer.statusCode)
    return answer
  }

  async function fill(form: PageForm): Promise<void> {
    const route = routes.of('POST', form.action)
    let standing = form
    let problem = ''
    for (let round = 0; round < triesEach; round += 1) {
      const fields = filledIn(standing, { words: work.words, chance, round, problem })
      const answer = await send(standing, fields, round)
      if (answer.statusCode < 400) {
        taken.set(route, (taken.get(route) ?? 0) + 1)
        refused.delete(route)
        const location = answer.headers.location
        if (typeof location === 'string') {
          const url = location.split('#')[0] ?? ''
          opened.set(routes.of('GET', url), 0)
          waiting.unshift(url)
        } else work.seen?.(form.action, answer.body, answer.statusCode)
        return
      }
      work.seen?.(form.action, answer.body, answer.statusCode)
      if (!taken.has(route))
        refused.set(route, `${form.page}: ${answer.statusCode} ${problemsIn(answer.body).join(' ')}`)
      if (answer.statusCode !== 422 && answer.statusCode !== 409) return
      const again = formsIn(answer.body, form.page).find(({ action }) => action === form.action)
      if (!again) return
      standing = again
      problem = problemsIn(answer.body).join(' ')
    }
  }

  for (let url = waiting.shift(); url !== undefined; url = waiting.shift()) {
    const route = routes.of('GET', url)
    const times = opened.get(route) ?? 0
    if (times >= pagesEach) continue
    opened.set(route, times + 1)
    const html = await open(url)
    if (html === null) continue
    for (const link of work.onlyThere ? [] : linksIn(html)) {
      const bare = link.includes('?') ? null : link
      if (bare === null || known.has(bare) || /\.(csv|xlsx|pdf|zip|atom|ics|json)$|^\/(static|api)\//.test(bare))
        continue
      known.add(bare)
      waiting.push(bare)
    }
    for (const form of formsIn(html, url)) {
      if (form.method !== 'post') continue
      const to = routes.of('POST', form.action)
      const kind = `${to} ${[...new Set(form.fields.map(({ name }) => name.replace(/\d+/g, '#')))].sort().join(' ')}`
      if (!forms.has(kind)) forms.set(kind, form)
      if (work.leave.test(to) || (taken.get(to) ?? 0) >= formsEach) continue
      await fill(form)
    }
  }
  return { pages, forms, taken, refused, broken }
}

/** The words that tell what was wrong with a form. */
function problemsIn(html: string): string[] {
  const summary =
    /<div class="ds-error-summary"[\s\S]*?<\/div>/.exec(html)?.[0] ?? /<h1>[\s\S]*?<\/h1>/.exec(html)?.[0] ?? ''
  return [...summary.matchAll(/>([^<>]{4,})</g)].map(([, text = '']) => text.trim()).filter(Boolean)
}

type Filling = { words: Work['words']; chance: Chance; round: number; problem: string }

/** Values for the form's fields. Each round tries otherwise with what was refused. */
export function filledIn(form: PageForm, { words, chance, round, problem }: Filling): [string, string][] {
  const wrong = new Set(form.fields.filter((field) => field.problem !== null).map(({ name }) => name))
  const sent: [string, string][] = []
  const radios = Map.groupBy(
    form.fields.filter(({ kind }) => kind === 'radio'),
    ({ name }) => name,
  )
  for (const [name, choices] of radios) sent.push([name, chance.one(choices).value])
  for (const field of form.fields) {
    const { name, kind, value } = field
    switch (kind) {
      case 'hidden':
        sent.push([name, value])
        break
      case 'checkbox':
        // Everything once, then by chance: boxes may rule each other out.
        if (round === 0 || chance.happens(0.5)) sent.push([name, value])
        break
      case 'select': {
        const options = field.options.filter((option) => option !== '')
        const keep = value !== '' && round % 2 === 0 && !wrong.has(name)
        sent.push([name, keep || options.length === 0 ? value : chance.one(options)])
        break
      }
      case 'date':
        sent.push([name, value === '' || wrong.has(name) ? chance.one(days) : value])
        break
      case 'text':
      case 'area':
      case 'password':
        // What came back unmarked from a refused form was right.
        if (round > 0 && !wrong.has(name) && wrong.size > 0) sent.push([name, value])
        else if (round > 0) sent.push([name, otherwise(name, field.problem || problem, round, chance)])
        else sent.push([name, words(field, form)])
        break
    }
  }
  const buttons = form.fields.filter(({ kind }) => kind === 'button')
  if (buttons.length > 0) {
    const button = chance.one(buttons)
    sent.push([button.name, button.value])
  }
  return sent
}

const days = ['2026-03-10', '2026-03-11', '2026-04-14', '2026-02-20', '2025-12-12', '2026-12-31']

let made = 0

/** What a field may want that does not take just any words, by what was said of it. */
function otherwise(name: string, problem: string, round: number, chance: Chance): string {
  made += 1
  const wanted: [RegExp, string][] = [
    [/e-post/i, `robot${made}@test.example`],
    [/rad.*\| https/i, `Testlänk ${made} | https://lank.example/${made}`],
    [/webbadress|https:/i, `https://lank.example/${made}`],
    [/^slut/, '12.00'],
    [/klock|10[.:]00/i, '10.00'],
    [/inga siffror|namn/i, `Testa ${'ABCDEFGHIJKLMNOPQRSTUVXYZ'[made % 25]}${'aeiouy'[made % 6]}sson`],
    [/bokstäver och en siffra/i, `HP${10 + (made % 80)}`],
    [/Till vem \| hur/i, 'Styrelsen | varje termin'],
    [/1 till 999/i, ''],
    [/kommunkod/i, ''],
    [/lika exakt/i, '2026'],
    [/år-månad-dag|datum|dag/i, chance.one(days)],
    [/tal\b|0,8/i, '0,8'],
    [/gemen|a–z|adress/i, `prov-${made}`],
  ]
  const fits = wanted.filter(([pattern]) => pattern.test(`${name} ${problem}`)).map(([, value]) => value)
  const more = [...fits, '', `Testa Robotsson ${made}`, '2026', chance.one(days), '1', '0,7', '10:00', `prov-${made}`]
  return round <= 2 && fits.length > 0 ? (fits[(round - 1) % fits.length] ?? '') : chance.one(more)
}

export const boundary = 'portalens-prov'

/** A form with a file as browsers send it. */
export function multipart(
  fields: readonly (readonly [string, string])[],
  file: { field: string; name: string; bytes: Buffer; type?: string } | null,
): { payload: Buffer; type: string } {
  const parts: Buffer[] = fields.map(([name, value]) =>
    Buffer.from(`--${boundary}\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`),
  )
  if (file !== null) {
    const head = `--${boundary}\r\ncontent-disposition: form-data; name="${file.field}"; filename="${file.name}"\r\ncontent-type: ${file.type ?? 'application/octet-stream'}\r\n\r\n`
    parts.push(Buffer.from(head), file.bytes, Buffer.from('\r\n'))
  }
  return {
    payload: Buffer.concat([...parts, Buffer.from(`--${boundary}--\r\n`)]),
    type: `multipart/form-data; boundary=${boundary}`,
  }
}

/** The declared routes: which one an address belongs to, and those that have no parameters. */
export function routesOf(app: App) {
  const all = app.declarations
    .filter(({ method }) => method !== 'HEAD')
    .map(({ method, url }) => ({ method, url, pattern: patternOf(url), open: (url.match(/[:*]/g) ?? []).length }))
    .sort((a, b) => a.open - b.open)
  return {
    all,
    of: (method: string, url: string) => {
      const path = url.split(/[?#]/, 1)[0] ?? ''
      return all.find((route) => route.method === method && route.pattern.test(path))?.url ?? path
    },
    plain: all
      .filter(
        ({ method, url, open }) => method === 'GET' && open === 0 && !/\.\w+$|^\/(api|static|healthz|readyz)/.test(url),
      )
      .map(({ url }) => url),
  }
}

function patternOf(url: string): RegExp {
  const parts = url.split('/').map((part) => {
    if (part === '*') return '.*'
    return part.startsWith(':') ? '[^/]+' : part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  })
  return new RegExp(`^${parts.join('/')}$`)
}

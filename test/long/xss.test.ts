/**
 * Every text field of every form is filled with what would run if it were believed: by a coordinator and administrator,
 * and by those who have got links in letters. Then all that shows it is read, and looked at in a real browser.
 */
import { parse } from 'csv-parse/sync'
import { createTransport } from 'nodemailer'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createAccount } from '../../src/accounts/changes.ts'
import { lettersOf } from '../../src/app.ts'
import { change } from '../../src/audit/work.ts'
import { day } from '../../src/kernel/dates.ts'
import { type Letter, sendWaiting } from '../../src/mail/letters.ts'
import { account, sessionCookie } from '../support/accounts.ts'
import { startApp, testConfig } from '../support/app.ts'
import { launchBrowser } from '../support/browser.ts'
import { chanceOf } from '../support/chance.ts'
import { kalmarDatabase } from '../support/database.ts'
import { decideAndCarryOut, idOf, newPerson, testCoordinator } from '../support/ledger.ts'
import { type FormField, formsIn, standingValues } from '../support/page-forms.ts'
import { fillEverything, type Robot, routesOf } from '../support/robot.ts'
import { as, type Person, startWorkspace } from '../support/workspace.ts'
import { decide, publish, writeMeeting, writeTexts } from '../support/written-meeting.ts'

const patience = 240_000
const today = day('2026-03-10')
const publicOrigin = 'http://samverkan.example.se'
/** Stands in everything that is written here, and nowhere else. */
const mark = 'ondskefull'

/** What would happen in a page that took it for its own. Without digits, which names may not have. */
const payloads = [
  `<script>window.${mark}=true</script>`,
  `"><img src=x onerror=window.${mark}=true>`,
  `'><svg onload=window.${mark}=true>`,
  `</title></textarea></select></script><script>window.${mark}=true</script>`,
  `" autofocus onfocus="window.${mark}=true" x="`,
  `[${mark}](javascript:window.${mark}=true) ![${mark}](javascript:window.${mark}=true)`,
  `[${mark}](https://ont.example/"onmouseover="window.${mark}=true) <https://ont.example/${mark}>`,
  `[${mark}]: javascript:alert(true) "${mark}" [x][${mark}]`,
  `--><iframe srcdoc="<script>parent.${mark}=true</script>"></iframe>`,
  `<base href=https://ont.example/><meta http-equiv=refresh content="x;url=https://ont.example/${mark}">`,
  `<link rel=stylesheet href=https://ont.example/${mark}><style>@import "https://ont.example/${mark}"</style>`,
  `<form action=https://ont.example/${mark}><button>x</button></form><object data=https://ont.example/${mark}></object>`,
  `]]><script xmlns="http://www.w3.org/1999/xhtml">window.${mark}=true</script>`,
  `&lt;img src=x onerror=window.${mark}=true&gt; &#x3c;script&#x3e;`,
  `<%= '${mark}' + 'tolkat' %> <%~ '${mark}' + 'tolkat' %> \${'${mark}' + 'tolkat'} {{'${mark}' + 'tolkat'}} #{'${mark}'}`,
  `=HYPERLINK("https://ont.example/${mark}";"x")`,
  `@SUM(${mark})`,
  `+cmd|' /C ${mark}'!A`,
  `${mark}\r\nBcc: ond@ont.example\r\nContent-Type: text/html\r\n\r\n<script>${mark}</script>`,
  `${mark}\nEND:VEVENT\nBEGIN:VEVENT\nSUMMARY:${mark} påhittat\nURL:https://ont.example`,
  `| ${mark} |\n|---|\n| <img src=x onerror=window.${mark}=true> |\n\n> \`<script>window.${mark}=true</script>\``,
]

/** An address that is one, and a way out of an attribute for whoever forgets to escape it. */
const badAddress = `https://ont.example/${mark}?x="onmouseover="window.${mark}=true"><img/src=x/onerror=window.${mark}=true>`

let turn = 0
const nextPayload = () => payloads[turn++ % payloads.length] ?? ''

function words({ name, kind }: FormField): string {
  if (/^(url|lank|adress|webb|videolank|karta)/.test(name)) return badAddress
  if (/lankar/.test(name)) return `${payloads[0]} | ${badAddress}`
  if (/^(start|borjar)/.test(name)) return '10.00'
  if (/^slut(ar)?$/.test(name)) return '12.00'
  const payload = nextPayload()
  // A line of a form can hold line ends too, when no browser has sent it.
  return kind === 'area' ? `${payload}\n\n${nextPayload()}` : payload
}

const db = await kalmarDatabase()
const app = await startApp({ db, today, env: { PUBLIC_ORIGIN: publicOrigin } })
afterAll(() => app.close())

let robot: Robot
const byLink: Robot[] = []
let cookie = ''
const letters: Letter[] = []
/** What everybody may read: address and answer. */
const shown = new Map<string, { type: string; body: string; nosniff: boolean }>()

async function post(): Promise<void> {
  const config = testConfig({ PUBLIC_ORIGIN: publicOrigin })
  await sendWaiting(
    db,
    lettersOf(config),
    async (letter) => void letters.push(letter),
    (kind, error) => {
      throw new Error(`${kind}: ${error}`)
    },
  )
}

/** Follows the links of the letters that wait, and fills in the forms that they lead to. */
async function answerLetters(): Promise<Robot> {
  const before = letters.length
  await post()
  const link = new RegExp(`${publicOrigin}(/(?:svara|rapportera|justera)/\\S+)`, 'g')
  return await fillEverything({
    app,
    cookie: '',
    chance: chanceOf(8),
    words,
    starts: letters.slice(before).flatMap(({ text }) => [...text.matchAll(link)].map(([, path = '']) => path)),
    onlyThere: true,
    leave: /logga-in/,
    pagesEach: 4,
  })
}

/** Somebody in the leading body with an account, who is called and asked to adjust. */
async function member(): Promise<number> {
  const person = await change(db, testCoordinator, async (work) => {
    const id = await newPerson(work, 'testa-kallad', `Testa ${payloads[1]}`)
    const made = await createAccount(work, { email: 'kallad@test.example', holder: { personId: id }, invite: false })
    if (typeof made === 'string') throw new Error(made)
    return id
  })
  const leadership = await idOf(db, 'body', 'lansgemensam-ledning')
  await decideAndCarryOut(db, 'testbeslut-kallad', '2026-01-15', [
    { kind: 'member_appointed', body_id: leadership, role: 'representative', person_in_id: person },
  ])
  return person
}

/** The form of a page as it stands, with everything ticked. */
async function formOf(person: Person, url: string, kind: FormField['kind']) {
  const { body } = await person.get(url)
  const form = formsIn(body, url).find(({ fields }) => fields.some((field) => field.kind === kind))
  if (!form) throw new Error(`no such form on ${url}`)
  const boxes = Map.groupBy(
    form.fields.filter((field) => field.kind === kind),
    ({ name }) => name,
  )
  const ticked = Object.fromEntries([...boxes].map(([name, all]) => [name, all.map(({ value }) => value)]))
  return { ...Object.fromEntries(standingValues(form)), ...ticked }
}

/** A meeting whose every word is one of these, published; one that is called, and one that waits to be adjusted. */
async function meetings(person: number): Promise<void> {
  const workspace = await startWorkspace(db, today, { samordnare: person })
  const coordinator = as(workspace, 'samordnare')
  const meeting = await writeMeeting(
    coordinator,
    '2026-03-03',
    `1. ${payloads[0]}\n2. ${payloads[1]} (beslut)\n3. ${payloads[2]} (beslut)\n4. ${payloads[3]} (beslut)`,
  )
  await writeTexts(coordinator, meeting, {
    1: {
      text: payloads.slice(0, 10).join('\n\n'),
      foredragning: payloads[2] ?? '',
      lankar: `${payloads[0]} | https://ont.example/"x`,
    },
    2: { text: payloads.slice(10).join('\n\n') },
  })
  await decide(coordinator, meeting, '2', {
    slag: 'position',
    rubrik: payloads[1] ?? '',
    text: payloads.join('\n\n'),
  })
  await decide(coordinator, meeting, '3', {
    slag: 'assignment_given',
    rubrik: payloads[4] ?? '',
    uppdrag: payloads[2] ?? '',
    till: 'b:beredningen',
  })
  await publish(coordinator, meeting)
  const coming = await coordinator.post('/arbetsyta/moten/nytt', {
    grupp: 'lansgemensam-ledning',
    utgangspunkt: 'tom',
    datum: '2026-05-05',
    start: '10.00',
    slut: '12.00',
    plats: payloads[19] ?? '',
    videolank: badAddress,
  })
  expect(coming.status).toBe(303)
  const held = await writeMeeting(coordinator, '2026-03-06', `1. ${payloads[5]}\n2. ${payloads[6]}`)
  const present = await formOf(coordinator, `${held.work}/narvaro`, 'checkbox')
  expect((await coordinator.post(`${held.work}/narvaro`, present)).status).toBe(303)
  expect((await coordinator.post(`${held.work}/justering`, { person: String(person) })).status).toBe(303)
  const calling = '/arbetsyta/moten/2026-05-05-lansgemensam-ledning'
  const item = { rubrik: payloads[7] ?? '', typ: 'information' }
  expect((await coordinator.post(`${calling}/dagordning/punkter/ny`, item)).status).toBe(303)
  expect((await coordinator.post(`${calling}/kallelse`, { kort_varsel: payloads[8] ?? '' })).status).toBe(303)
  await workspace.close()
}

beforeAll(async () => {
  const person = await member()
  await meetings(person)
  byLink.push(await answerLetters())
  const { id } = await account(db, ['administrator', 'coordinator of lansgemensam-ledning'], {
    name: `Testa ${payloads[2]}`,
  })
  cookie = await sessionCookie(db, id)
  robot = await fillEverything({
    app,
    cookie,
    chance: chanceOf(7),
    words,
    file: { name: `${mark}"><img src=x onerror=alert(1)>.pdf`, bytes: Buffer.from('%PDF-1.4 prov') },
    leave: /logga-ut|stangning|radering|utloggning|konto\/|ta-bort|slang|avbryt|angra|logga-in|stall-in|glomt|tillbaka/,
    pagesEach: 2,
    formsEach: 2,
  })
  byLink.push(await answerLetters())
  await readAll()
}, patience)

/** Everything that can be read without signing in, pages and files, and the pages of the workspace once more. */
async function readAll(): Promise<void> {
  const waiting = [
    '/',
    ...app.declarations.filter(({ method, url }) => method === 'GET' && !/[:*]/.test(url)).map(({ url }) => url),
  ]
  const known = new Set(waiting)
  const routes = routesOf(app)
  const counts = new Map<string, number>()
  for (let url = waiting.shift(); url !== undefined; url = waiting.shift()) {
    const route = routes.of('GET', url)
    // Of each kind a few, and all that hold what was written.
    const count = counts.get(route) ?? 0
    if (/\.pdf$|\/static\//.test(url) || (count >= 12 && !url.includes(mark))) continue
    counts.set(route, count + 1)
    const { statusCode, headers, body } = await app.inject({ url, headers: { accept: 'text/html' } })
    if (statusCode !== 200) continue
    shown.set(url, {
      type: String(headers['content-type']),
      body,
      nosniff: headers['x-content-type-options'] === 'nosniff',
    })
    for (const [, href = ''] of body.matchAll(/\shref="(\/[^"#?]*)"/g)) {
      const link = href.replaceAll('&amp;', '&')
      if (!known.has(link)) waiting.push(link)
      known.add(link)
    }
  }
}

test('the forms take the words: they are nobody’s business but the reader’s', () => {
  expect(robot.broken).toEqual([])
  expect(byLink.flatMap(({ broken }) => broken)).toEqual([])
  expect(robot.taken.size).toBeGreaterThanOrEqual(40)
  expect([...new Set(byLink.flatMap(({ taken }) => [...taken.keys()]))].sort()).toEqual([
    '/justera/:token',
    '/rapportera/:token',
    '/svara/:token',
  ])
})

/** Markup that stands there as markup: no page of ours is written so. */
const alive =
  /<script>(?:window|parent)|<script xmlns|<img[ /]src=x|<svg onload|<iframe|<base |<meta http-equiv=refresh|<link rel=stylesheet href=https|<style>|<form action=https|<object|"onmouseover="|" autofocus onfocus="|href="\s*javascript:|ondskefulltolkat/i

test('nothing of it stands as markup in any answer, and everything says what kind it is', () => {
  const answers = [
    ...shown,
    ...[robot, ...byLink]
      .flatMap(({ pages }) => [...pages])
      .map(([url, body]) => [url, { type: 'text/html; charset=utf-8', body, nosniff: true }] as const),
  ]
  const withWords = answers.filter(([, { body }]) => body.includes(mark))
  expect(withWords.length).toBeGreaterThan(60)
  const faults = answers.flatMap(([url, { type, body, nosniff }]) => {
    const found = /html|xml/.test(type) ? alive.exec(body) : null
    return [
      ...(found ? [`${url}: ${body.slice(found.index - 60, found.index + 90)}`] : []),
      ...(nosniff ? [] : [`${url}: no nosniff`]),
    ]
  })
  expect(faults).toEqual([])
})

test('no calendar, table or letter is talked into holding something else', async () => {
  const faults: string[] = []
  let [calendars, tables] = [0, 0]
  for (const [url, { type, body }] of shown) {
    if (type.startsWith('text/calendar')) {
      calendars += 1
      if (!body.split('\r\n').every((line) => /^[A-Z-]+[;:]|^ /.test(line) || line === ''))
        faults.push(`${url}: a line of its own`)
      if (/^(SUMMARY:ondskefull påhittat|URL:https:\/\/ont)/m.test(body))
        faults.push(`${url}: an event that nobody made`)
    }
    if (type.startsWith('text/csv')) {
      tables += 1
      const rows: string[][] = parse(body, {
        delimiter: body.split('\n')[0]?.includes(';') ? ';' : ',',
        bom: true,
        relax_column_count: true,
      })
      for (const cell of rows.flat()) if (/^[=+@\t\r]|^-\D/.test(cell)) faults.push(`${url}: ${cell}`)
    }
  }
  expect(calendars).toBeGreaterThan(1)
  expect(tables).toBeGreaterThan(10)
  const mailer = createTransport({ streamTransport: true, buffer: true, newline: 'unix' })
  expect(letters.some(({ subject, text }) => (subject + text).includes(mark))).toBe(true)
  for (const { to, subject, text } of letters) {
    if (/[\r\n]/.test(subject + to)) faults.push(`a letter about ${subject}`)
    const { message } = await mailer.sendMail({ from: 'portal@test.example', to, subject, text })
    const head = String(message).split('\n\n')[0] ?? ''
    if (/^(bcc|content-type: text\/html)/im.test(head)) faults.push(head)
  }
  expect(faults).toEqual([])
})

let browser: Browser
beforeAll(async () => {
  browser = await launchBrowser()
})
afterAll(() => browser?.close())

test(
  'in a browser nothing of it runs, nothing is fetched from elsewhere, and the policy has nothing to refuse',
  async () => {
    await app.listen({ port: 0, host: '127.0.0.1' })
    const { port } = app.server.address() as { port: number }
    const server = `http://127.0.0.1:${port}`
    const faults: string[] = []
    const listening = `addEventListener('securitypolicyviolation', (event) => console.error('policy: ' + event.violatedDirective + ' ' + event.blockedURI))`

    /** A window of somebody's that tells what it hears. */
    async function windowOf(as: string) {
      const context = await browser.newContext()
      const [name = '', value = ''] = as.split('=')
      if (as !== '') await context.addCookies([{ name, value, url: server }])
      await context.addInitScript(listening)
      const page = await context.newPage()
      const hears = (what: string) => faults.push(`${page.url()}: ${what}`)
      page.on('console', (message) => message.type() === 'error' && hears(message.text()))
      page.on('dialog', (dialog) => {
        hears(`asks ${dialog.message()}`)
        return dialog.dismiss()
      })
      // Only heard, not held up: with a route for it the browser would keep no file from one page to the next.
      page.on('request', (request) => {
        if (new URL(request.url()).origin !== server) hears(`fetches ${request.url()}`)
      })
      return page
    }

    /** Looks at the pages in a window of somebody's. */
    async function look(urls: readonly string[], as: string): Promise<void> {
      const waiting = urls.values()
      const inWindow = async () => {
        const page = await windowOf(as)
        for (const url of waiting) {
          const answer = await page.goto(server + url, { waitUntil: 'load' })
          if (answer?.status() !== 200) faults.push(`${url}: ${answer?.status()}`)
          faults.push(...((await page.evaluate(inThePage)) as string[]).map((fault) => `${url}: ${fault}`))
        }
        await page.context().close()
      }
      await Promise.all([inWindow(), inWindow()])
    }

    const holding = [...shown]
      .filter(([, { type, body }]) => type.startsWith('text/html') && body.includes(mark))
      .map(([url]) => url)
    const inside = [...robot.pages].filter(([url, body]) => body.includes(mark) && !shown.has(url)).map(([url]) => url)
    expect(holding.length).toBeGreaterThan(20)
    expect(inside.length).toBeGreaterThan(20)
    await look(holding, '')
    await look(await stillThere(inside), cookie)
    expect(faults).toEqual([])

    // What would be heard is heard: the same words, believed.
    faults.length = 0
    const page = await windowOf('')
    await page.route(`${server}/trodd`, (route) =>
      route.fulfill({
        contentType: 'text/html',
        headers: { 'content-security-policy': "default-src 'self'" },
        body: payloads.join('\n'),
      }),
    )
    await page.goto(`${server}/trodd`)
    expect(faults.join()).toContain('policy: script-src')
    const nowhere = 'http://127.0.0.1:9/bild.png'
    await page.goto('about:blank')
    await page.setContent(`<img src=${nowhere}><script>alert('hej')</script>`)
    expect(faults.join()).toContain(`fetches ${nowhere}`)
    expect(faults.join()).toContain('asks hej')
    await page.close()
    app.server.closeAllConnections()
  },
  patience,
)

/** What has been removed or closed meanwhile by another form is not looked at. */
async function stillThere(urls: readonly string[]): Promise<string[]> {
  const there: string[] = []
  for (const url of urls)
    if ((await app.inject({ url, headers: { cookie, accept: 'text/html' } })).statusCode === 200) there.push(url)
  return there
}

/** Asked in the page itself: what it has become of what was written in it. */
const inThePage = `(() => {
  const faults = []
  if ('${mark}' in window) faults.push('a script has run')
  for (const element of document.querySelectorAll('*')) {
    for (const { name, value } of element.attributes) {
      if (/^on/.test(name)) faults.push(element.tagName + ' ' + name)
      if (/^(href|src|action|formaction|data|srcdoc)$/.test(name) && /^\\s*(javascript|data|vbscript):/i.test(value)) faults.push(name + ' ' + value)
    }
  }
  for (const one of document.querySelectorAll('script:not([src]):not([type="application/ld+json"]), iframe, base, object, embed, style, meta[http-equiv]'))
    faults.push('<' + one.tagName + '>')
  return faults
})()`

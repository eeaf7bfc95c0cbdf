/** What has been found once by asking wildly: each by itself, and quick. */
import { afterAll, describe, expect, test } from 'vitest'
import { positionLetter } from '../../src/documents/letters.ts'
import { day } from '../../src/kernel/dates.ts'
import { storable } from '../../src/kernel/text.ts'
import { queueLetter, sendWaiting } from '../../src/mail/letters.ts'
import { account, get, post, sessionCookie } from '../support/accounts.ts'
import { startApp } from '../support/app.ts'
import { kalmarDatabase } from '../support/database.ts'
import { multipart } from '../support/robot.ts'

const db = await kalmarDatabase()
const app = await startApp({ db, today: day('2026-03-10') })
afterAll(() => app.close())
const { id } = await account(db, ['administrator', 'coordinator of lansgemensam-ledning'])
const cookie = await sessionCookie(db, id)

const titleOf = (html: string) => /<h1>(.*?)<\/h1>/.exec(html)?.[1]

describe('signs that no keyboard gives', () => {
  test('are left out of what is typed, and the rest is saved', async () => {
    const title = 'Prov\u0000 med\u0001\u000b tecken\uffff som\ufffe ingen\u007f skriver'
    const typed = { rubrik: title, forslag: 'Rad ett\r\nrad\ttvå\u0000', grupp: 'aldre' }
    const answer = await post(app, '/forslag/nytt', typed, { cookie })
    expect([answer.statusCode, titleOf(answer.body)]).toEqual([303, undefined])
    const rows = await db.selectFrom('item_proposal').select('title').execute()
    expect(rows.map((row) => row.title)).toEqual(['Prov med tecken som ingen skriver'])
  })

  test('are left out of drafts, names of fields and all', async () => {
    const typed = { formular: 'prov', tillbaka: '/konto', text: 'a\u0000b', 'x\u0000y': 'z', __proto__x: 'w' }
    expect((await post(app, '/arbetsyta/utkast', typed, { cookie })).statusCode).toBe(303)
    const kept = await db.selectFrom('form_draft').select('typed').executeTakeFirstOrThrow()
    expect(kept.typed).toEqual({ text: 'ab', tillbaka: '/konto', __proto__x: 'w' })
  })

  test('are not tabs, line ends, Swedish, emoji or marks of direction', () => {
    const text = 'Åäö\t\r\n👩‍👧 e\u0301 \u200f\u202e'
    expect(storable(text)).toBe(text)
    expect(storable('a\ud800b')).toBe('a\ufffdb')
  })
})

test.each([
  ['an old protocol', '/arbetsyta/protokoll/nytt'],
  ['attachments', '/arbetsyta/moten/2025-12-12-lansgemensam-ledning/bilagor'],
  ['a version of a document', '/arbetsyta/register/dokument/barnkonventionen/versioner'],
  ['discharge days', '/utskrivningsklara-dagar/inlasningar'],
])('a form with files that is cut off on its way can be sent again: %s', async (_case, url) => {
  const { payload, type } = multipart([['text', 'prov']], {
    field: 'fil',
    name: 'x.pdf',
    bytes: Buffer.from('%PDF-1.4 x'),
  })
  for (const cut of [20, 60, 100, 180, payload.length - 6]) {
    const answer = await app.inject({
      method: 'POST',
      url,
      headers: { cookie, accept: 'text/html', 'content-type': type, 'sec-fetch-site': 'same-origin' },
      payload: payload.subarray(0, cut),
    })
    expect([cut, answer.statusCode, titleOf(answer.body)]).toEqual([cut, 400, 'Frågan gick inte att läsa'])
    expect(answer.body).toContain('Skicka det igen')
  }
})

test('a form of an old protocol without its version is sent back to its page', async () => {
  const { payload, type } = multipart([['text', 'Minnesanteckningar\n\n1. Prov av en punkt']], null)
  const headers = { cookie, accept: 'text/html', 'content-type': type, 'sec-fetch-site': 'same-origin' }
  const { headers: sent } = await app.inject({ method: 'POST', url: '/arbetsyta/protokoll/nytt', headers, payload })
  for (const version of ['', 'NaN', '1e400', '-1', '99999999999']) {
    const answer = await post(app, String(sent.location), { version, gor: 'spara' }, { cookie })
    expect([version, answer.statusCode]).toEqual([version, 400])
  }
})

test('a link to the page for signing in brings no form along', async () => {
  const form = JSON.stringify({ path: '/konton', fields: { namn: 'Ond Avsikt', epost: 'ond@ont.example' } })
  const page = await get(app, `/logga-in?${new URLSearchParams({ till: '/beslut', sparat: form })}`)
  expect(page.statusCode).toBe(200)
  expect(page.body).toContain('value="/beslut"')
  expect(page.body).not.toContain('ond@ont.example')
})

test('the subject of a letter is one line, whatever the title that it tells of', async () => {
  await queueLetter(db, positionLetter, {})
  const subjects: string[] = []
  const writer = {
    [positionLetter]: async () => ({
      to: 'x@test.example',
      subject: 'Ett\r\nBcc: ond@ont.example\n\n två ',
      text: 'Prov\n\nprov',
    }),
  }
  await sendWaiting(
    db,
    writer,
    async ({ subject, text }) => void subjects.push(subject, text),
    () => {},
  )
  expect(subjects).toEqual(['Ett Bcc: ond@ont.example två', 'Prov\n\nprov'])
})

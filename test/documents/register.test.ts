import { afterAll, describe, expect, test } from 'vitest'
import { documentLetters } from '../../src/documents/letters.ts'
import { day } from '../../src/kernel/dates.ts'
import { type Letter, sendWaiting } from '../../src/mail/letters.ts'
import { account, get, post, sessionCookie } from '../support/accounts.ts'
import { startApp, testConfig } from '../support/app.ts'
import { kalmarDatabase } from '../support/database.ts'
import { decideAndCarryOut, idOf } from '../support/ledger.ts'
import { textOf } from '../support/text.ts'
import { zip } from '../support/zip.ts'

const today = day('2026-02-02')
const db = await kalmarDatabase()
const app = await startApp({ db, today })
afterAll(() => app.close())

const as = async (roles: Parameters<typeof account>[1]) => sessionCookie(db, (await account(db, roles)).id)
const county = await as(['coordinator of lansgemensam-ledning'])
const keeper = await as(['coordinator of aldre'])
const member = await as(['member of aldre'])
const send = (url: string, fields: Record<string, string>, cookie = county) => post(app, url, fields, { cookie })
const register = '/arbetsyta/register/dokument'
const aldre = String(await idOf(db, 'body', 'aldre'))
const basics = { titel: 'Anvisning för test', slag: 'guideline', lage: 'draft', agare: aldre }
const words = new TextEncoder()
const { id: kalmar } = await db
  .selectFrom('organisation')
  .select('id')
  .where('short_name', '=', 'Kalmar' as never)
  .where('is_party', '=', true)
  .executeTakeFirstOrThrow()

/** Sends a form with files as a browser does. */
function upload(
  url: string,
  fields: Record<string, string>,
  file: { name: string; bytes: Uint8Array },
  cookie = county,
) {
  const edge = 'testgrans'
  const parts = Object.entries(fields).map(
    ([name, value]) => `--${edge}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  )
  const head = `--${edge}\r\nContent-Disposition: form-data; name="fil"; filename="${file.name}"\r\nContent-Type: application/pdf\r\n\r\n`
  return app.inject({
    method: 'POST',
    url,
    headers: {
      accept: 'text/html',
      cookie,
      'content-type': `multipart/form-data; boundary=${edge}`,
      'sec-fetch-site': 'same-origin',
    },
    payload: Buffer.concat([words.encode(parts.join('') + head), file.bytes, words.encode(`\r\n--${edge}--\r\n`)]),
  })
}
/** Of empty lines: a PDF reader that looks for words takes one long word for ten seconds of work. */
const pdf = (size = 100) => {
  const bytes = new Uint8Array(size).fill(10)
  bytes.set(words.encode('%PDF-1.7\n'))
  return bytes
}

describe('the register of documents', () => {
  test('a new document is public at once, with its dates as exactly as they are known', async () => {
    const bad = await send(`${register}/nytt`, { ...basics, titel: '', galler_fran: 'snart' }, keeper)
    expect(bad.statusCode).toBe(422)
    expect(bad.body).toContain('href="#titel"')
    expect(bad.body).toContain('value="snart"')
    const made = await send(
      `${register}/nytt`,
      {
        ...basics,
        galler_fran: '2026',
        galler_till: '2028',
        revideras_senast: 'hösten 2027',
        lankar: 'Bilaga | https://example.se/b',
      },
      keeper,
    )
    expect(made.headers.location).toBe(`${register}/anvisning-for-test?sparat=1`)
    const shown = textOf((await get(app, '/dokument/anvisning-for-test')).body)
    expect(shown).toContain('Gäller 2026–2028.')
    expect(shown).toContain('Ska revideras senast hösten 2027')
    expect(shown).toContain('Infört i portalen, av samordnare för Äldre 2 februari 2026')
    expect((await send(`${register}/nytt`, basics, keeper)).headers.location).toContain('anvisning-for-test-2')
  })

  test('of two who change it the second sees both texts, and may save again by choice', async () => {
    const page = `${register}/anvisning-for-test`
    const version = /name="version" value="(\d+)"/.exec((await get(app, page, keeper)).body)?.[1] ?? ''
    expect((await send(page, { ...basics, version, sammanfattning: 'Första.' }, keeper)).statusCode).toBe(303)
    const late = await send(page, { ...basics, version, sammanfattning: 'Andra.' })
    expect(late.statusCode).toBe(409)
    expect(textOf(late.body)).toContain('I korthet Andra. Första.')
    const now = /name="version" value="(\d+)"/.exec(late.body)?.[1] ?? ''
    expect((await send(page, { ...basics, version: now, sammanfattning: 'Andra.' })).statusCode).toBe(303)
    const { details } = await db
      .selectFrom('audit_event')
      .select('details')
      .where('act', '=', 'document.changed')
      .orderBy('id', 'desc')
      .executeTakeFirstOrThrow()
    expect(details).toEqual({ before: { summary: 'Första.' }, after: { summary: 'Andra.' } })
  })

  test('what parties, matters and links it had goes only when it is taken away', async () => {
    const page = `${register}/gemensam-plan-for-samverkan`
    const { body } = await get(app, page, county)
    const fields = new URLSearchParams()
    for (const [, name = '', value = ''] of body.matchAll(/name="(\w+)" type="checkbox" value="(\d+)" checked/g))
      fields.append(name, value)
    expect(fields.getAll('parter')).toHaveLength(13)
    const document = await db
      .selectFrom('document')
      .selectAll()
      .where('slug', '=', 'gemensam-plan-for-samverkan' as never)
      .executeTakeFirstOrThrow()
    for (const [name, value] of Object.entries({
      version: String(document.version),
      titel: document.title,
      slag: document.kind,
      lage: document.state,
      agare: String(document.owner_body_id ?? ''),
    }))
      fields.set(name, value)
    const answer = await app.inject({
      method: 'POST',
      url: page,
      headers: { cookie: county, 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'same-origin' },
      payload: fields.toString(),
    })
    expect(answer.statusCode).toBe(303)
    const parties = await db.selectFrom('document_party').selectAll().where('document_id', '=', document.id).execute()
    expect(parties).toHaveLength(13)
    expect(new Set(parties.map(({ provenance_id }) => provenance_id)).size).toBe(1)
  })

  test('a document is adopted by a decision and not by a form', async () => {
    const refused = await send(`${register}/nytt`, { ...basics, lage: 'adopted' })
    expect(refused.statusCode).toBe(422)
    expect(textOf(refused.body)).toContain('förs in genom ett beslut')
  })

  test('belongs to a group of one’s own; what no group owns is kept by the county', async () => {
    const other = String(await idOf(db, 'body', 'barn-och-unga'))
    expect((await send(`${register}/nytt`, { ...basics, agare: other }, keeper)).statusCode).toBe(422)
    expect((await send(`${register}/nytt`, { ...basics, agare: '' }, keeper)).statusCode).toBe(422)
    expect(
      (await send(`${register}/anvisning-for-test`, { ...basics, agare: other, version: '1' }, keeper)).statusCode,
    ).toBe(422)
    for (const [url, cookie, status] of [
      [`${register}/malbild-och-strategi-nara-vard`, keeper, 403],
      [`${register}/malbild-och-strategi-nara-vard`, county, 200],
      [register, member, 403],
      [register, keeper, 200],
      [register, '', 401],
      [`${register}/finns-inte`, county, 404],
    ] as const)
      expect([url, (await get(app, url, cookie)).statusCode]).toEqual([url, status])
  })
})

describe('versions and files', () => {
  const versions = `${register}/anvisning-for-test/versioner`
  const fresh = { version: 'ny', beteckning: 'Version 1', galler_fran: '2026-01-01' }

  test('a file of 25 MB is kept under the content’s own name and type, and lies for everybody to save', async () => {
    const answer = await upload(versions, fresh, { name: '../../etc/anvis"ning.exe', bytes: pdf(25 * 1024 * 1024) })
    expect(answer.headers.location).toBe(`${versions}?sparat=1`)
    const { body } = await get(app, '/dokument/anvisning-for-test')
    const path = /\/filer\/\d+\/[^"]+/.exec(body)?.[0] ?? ''
    const file = await get(app, path)
    expect(file.statusCode).toBe(200)
    expect(file.headers['content-type']).toBe('application/pdf')
    expect(file.headers['content-disposition']).toMatch(/^attachment; filename\*=UTF-8''[^/\\]*\.pdf$/)
    expect(file.headers['content-security-policy']).toBe("default-src 'none'; sandbox")
    expect(file.rawPayload).toHaveLength(25 * 1024 * 1024)
  })

  test.each([
    ['one byte too large', 'stor.pdf', pdf(25 * 1024 * 1024 + 1), 'större än 25 MB'],
    ['another content behind a right name', 'bild.pdf', words.encode('<script>alert(1)</script>'), 'inte PDF'],
    ['an archive behind a right name', 'brev.docx', zip({ 'a.txt': 'a' }), 'inte PDF'],
    ['empty', 'tom.pdf', new Uint8Array(), 'tom'],
  ])('a file that is %s is refused, and the rest of the form stays', async (_what, name, bytes, why) => {
    const answer = await upload(versions, { ...fresh, titel: 'Min titel' }, { name, bytes })
    expect(answer.statusCode).toBe(422)
    expect(textOf(answer.body)).toContain(why)
    expect(answer.body).toContain('value="Min titel"')
  })

  test('a bomb in a Word file is refused without being unpacked whole', async () => {
    const bomb = zip({ '[Content_Types].xml': '<x/>', 'word/document.xml': Buffer.alloc(300 * 1024 * 1024) })
    expect(bomb.length).toBeLessThan(2 * 1024 * 1024)
    const before = process.memoryUsage().rss
    const [version] = await db
      .selectFrom('document_version')
      .select('id')
      .where('label', '=', 'Version 1' as never)
      .execute()
    const answer = await upload(versions, { version: String(version?.id) }, { name: 'bomb.docx', bytes: bomb })
    expect(answer.statusCode).toBe(422)
    expect(answer.body).toContain('Filen är för tung att läsa igenom.')
    expect(process.memoryUsage().rss - before).toBeLessThan(200 * 1024 * 1024)
  }, 60_000)

  test('a new version applies from its day and ends the one before; removed, that one applies again', async () => {
    const early = await upload(
      versions,
      { ...fresh, beteckning: 'För tidig', galler_fran: '2025-12-31' },
      { name: 'a.pdf', bytes: pdf() },
    )
    expect(early.statusCode).toBe(422)
    await upload(
      versions,
      { ...fresh, beteckning: 'Version 2', galler_fran: '2026-02-01' },
      { name: 'b.pdf', bytes: pdf(200) },
    )
    const shown = async (on: string) => textOf((await get(app, `/dokument/anvisning-for-test?datum=${on}`)).body)
    expect(await shown('2026-01-31')).toContain('Version 1 gällde')
    expect(await shown('2026-02-01')).toContain('Version 2 gällde')
    const { id } = await db
      .selectFrom('document_version')
      .select('id')
      .where('label', '=', 'Version 2' as never)
      .executeTakeFirstOrThrow()
    expect((await send(`${versions}/${id}/ta-bort`, {})).statusCode).toBe(303)
    expect(await shown('2026-02-01')).toContain('Version 1 gällde')
  })

  test('a version that was decided is neither removed nor followed by one that was not', async () => {
    const document_id = await idOf(db, 'document', 'anvisning-for-test')
    await decideAndCarryOut(db, 'antar-anvisningen', '2026-02-02', [{ kind: 'document_adopted', document_id }])
    const { id } = await db
      .selectFrom('document_version')
      .select('id')
      .where('adopted_effect_id', 'is not', null)
      .where('document_id', '=', document_id)
      .executeTakeFirstOrThrow()
    expect((await send(`${versions}/${id}/ta-bort`, {})).statusCode).toBe(422)
    const next = await upload(
      versions,
      { ...fresh, beteckning: 'Version 4', galler_fran: '2026-03-01' },
      { name: 'c.pdf', bytes: pdf(300) },
    )
    expect(next.statusCode).toBe(422)
    expect((await upload(versions, { version: String(id) }, { name: 'c.pdf', bytes: pdf(300) })).statusCode).toBe(303)
  })

  test('a file of another document is not removed from here', async () => {
    const { id } = await db.selectFrom('attachment').select('id').executeTakeFirstOrThrow()
    expect((await send(`${register}/gemensam-plan-for-samverkan/versioner/filer/${id}/ta-bort`, {})).statusCode).toBe(
      404,
    )
    expect((await send(`${versions}/filer/${id}/ta-bort`, {}, member)).statusCode).toBe(403)
    expect((await send(`${versions}/filer/${id}/ta-bort`, {})).statusCode).toBe(303)
  })
})

describe('beslutsläge hos parterna', () => {
  const board = `${register}/gemensam-plan-for-samverkan/beslutslage`
  const public_ = '/dokument/gemensam-plan-for-samverkan'
  /** The board as it is opened, with what differs. */
  async function filled(changes: Record<string, string>) {
    const { body } = await get(app, board, county)
    const fields: Record<string, string> = {
      marke: /name="marke" value="([\w-]+)"/.exec(body)?.[1] ?? '',
      per: '2026-02-02',
    }
    for (const [, name = '', options = ''] of body.matchAll(
      /<select class="ds-input" id="\w+" name="(lage_\d+)"[^>]*>(.*?)<\/select>/gs,
    )) {
      fields[name] = /value="(\w*)" selected/.exec(options)?.[1] ?? ''
    }
    for (const [, name = '', value = ''] of body.matchAll(
      /<input class="ds-input" id="\w+" name="((?:av|datum|paragraf|lank)_\d+)" type="\w+" value="([^"]*)"/g,
    ))
      fields[name] = value
    return { ...fields, ...changes }
  }

  test('all thirteen stand on one page, and only what is changed is registered', async () => {
    const fields = await filled({})
    expect(Object.keys(fields).filter((name) => name.startsWith('lage_'))).toHaveLength(13)
    const answer = await send(board, {
      ...fields,
      [`lage_${kalmar}`]: 'decided',
      [`av_${kalmar}`]: 'kommunfullmäktige',
      [`datum_${kalmar}`]: '2026-01-26',
      [`paragraf_${kalmar}`]: '§ 12',
      [`lank_${kalmar}`]: 'https://kalmar.example/beslut',
    })
    expect(answer.headers.location).toBe(`${board}?sparat=1`)
    const shown = textOf((await get(app, public_)).body)
    expect(shown).toContain('1 av 13 parter har beslutat.')
    expect(shown).toContain('kommunfullmäktige § 12')
    expect(textOf((await get(app, `${public_}?datum=2026-02-01`)).body)).toContain(
      'Läget är inte känt för någon av 13 parter.',
    )
    expect(await db.selectFrom('party_position').select('id').where('as_of', '=', '2026-02-02').execute()).toHaveLength(
      1,
    )
  })

  test('what is wrong is said at its field and nothing is lost', async () => {
    const answer = await send(
      board,
      await filled({ [`lage_${kalmar}`]: 'planned', [`datum_${kalmar}`]: 'snart', [`av_${kalmar}`]: 'Kvar' }),
    )
    expect(answer.statusCode).toBe(422)
    expect(answer.body).toContain(`href="#datum_${kalmar}"`)
    expect(answer.body).toContain('value="Kvar"')
    expect((await send(board, await filled({ [`lage_${kalmar}`]: 'planned' }))).statusCode).toBe(422)
    expect((await send(board, await filled({ per: '2026-02-03', [`paragraf_${kalmar}`]: '§ 13' }))).statusCode).toBe(
      422,
    )
    expect(
      textOf((await send(board, await filled({ per: '2026-02-01', [`paragraf_${kalmar}`]: '§ 13' }))).body),
    ).toContain('känt på en senare dag')
  })

  test('of two who change the board the second sees both', async () => {
    const first = await filled({ [`paragraf_${kalmar}`]: '§ 14' })
    const second = await filled({ [`paragraf_${kalmar}`]: '§ 15' })
    expect((await send(board, first)).statusCode).toBe(303)
    const late = await send(board, second)
    expect(late.statusCode).toBe(409)
    expect(textOf(late.body)).toContain('Paragraf, Kalmar kommun § 15 § 14')
  })

  test('a party answers itself through a link that works once', async () => {
    const { id: borgholm } = await db
      .selectFrom('organisation')
      .select('id')
      .where('short_name', '=', 'Borgholm' as never)
      .executeTakeFirstOrThrow()
    expect((await send(`${board}/fraga`, { part: '', epost: 'x', galler_till: '2026-03-01' })).statusCode).toBe(422)
    const asked = await send(`${board}/fraga`, {
      part: String(borgholm),
      epost: 'nagon@borgholm.example',
      galler_till: '2026-03-01',
    })
    expect(asked.headers.location).toBe(`${board}?skickat=1`)
    const letters: Letter[] = []
    await sendWaiting(
      db,
      documentLetters(testConfig()),
      async (letter) => void letters.push(letter),
      (_kind, error) => {
        throw error
      },
    )
    expect(letters[0]?.to).toBe('nagon@borgholm.example')
    const link = /\/rapportera\/[\w-]{43}/.exec(letters[0]?.text ?? '')?.[0] ?? ''
    const form = await get(app, link)
    expect(form.body).not.toContain(link)
    expect(textOf(form.body)).toContain('Borgholms kommun')
    expect((await post(app, link, { lage: '', rapporterat_av: 'Testa' })).statusCode).toBe(422)
    const report = {
      lage: 'decided',
      av: 'kommunstyrelsen',
      datum: '2026-01-20',
      paragraf: '§ 7',
      lank: '',
      rapporterat_av: 'Testa Testsson, kommunsekreterare',
    }
    expect((await post(app, link, report)).statusCode).toBe(200)
    expect((await post(app, link, report)).statusCode).toBe(410)
    const shown = textOf((await get(app, public_)).body)
    expect(shown).toContain('kommunstyrelsen § 7')
    expect(shown).not.toContain('Testa Testsson')
    expect(textOf((await get(app, board, county)).body)).toContain('rapporterat av Testa Testsson, kommunsekreterare')
  })
})

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { day } from '../../src/kernel/dates.ts'
import { kalmarDatabase } from '../support/database.ts'
import { readPdf } from '../support/pdf.ts'
import { as, fieldIn, startWorkspace, textOf } from '../support/workspace.ts'
import { decide, publish, type Written, writeMeeting, writeTexts } from '../support/written-meeting.ts'

const db = await kalmarDatabase()
const app = await startWorkspace(db, day('2026-03-10'))
afterAll(() => app.close())
const coordinator = as(app, 'samordnare')
const administrator = as(app, 'administrator')
const anyone = as(app, null)

async function printed(url: string) {
  const answer = await app.inject({ url, headers: { accept: 'text/html' } })
  expect(answer.statusCode).toBe(200)
  expect(answer.headers['content-type']).toBe('application/pdf')
  return { ...(await readPdf(answer.rawPayload)), bytes: answer.rawPayload, headers: answer.headers }
}

describe('minutes as PDF', () => {
  let meeting: Written
  let pdfPath = ''
  const many = 200

  beforeAll(async () => {
    const items = Array.from({ length: many - 3 }, (_, place) => `${place + 4}. Övrig punkt ${place + 4}`)
    meeting = await writeMeeting(
      coordinator,
      '2026-03-06',
      ['1. Välkomna till Åseda', '2. Läget #import "x" $i [Provköping]', '3. Uppdrag (beslut)', ...items].join('\n'),
    )
    await writeTexts(coordinator, meeting, {
      1: { text: 'Ordföranden **hälsade** alla välkomna:\n\n- en\n- två' },
      2: { text: 'Hemliga Hemligsson svarar för \\arbetet #panic("x") i Provköping.', status: 'pågår' },
    })
    await decide(coordinator, meeting, '3', {
      slag: 'assignment_given',
      rubrik: 'Uppdrag om samtal',
      uppdrag: 'tala med Hemliga Hemligsson om Provköping',
      till: 'b:beredningen',
    })
    pdfPath = `${meeting.publicPath}/protokoll.pdf`
    expect((await anyone.get(pdfPath)).status).toBe(404)
    await publish(coordinator, meeting)
  })

  test('hold all that was said, with the version and its checksum, and the page leads there', async () => {
    expect((await anyone.get(meeting.publicPath)).body).toContain(`href="${pdfPath}"`)
    const pdf = await printed(pdfPath)
    const { sha256 } = await db.selectFrom('minutes_version').select('sha256').executeTakeFirstOrThrow()
    expect(pdf.text).toContain(sha256.toString('hex'))
    expect(pdf.text).toContain('Version 1, publicerad')
    expect(pdf.text).toContain('Läget #import "x" $i [Provköping]')
    expect(pdf.text).toContain('Hemliga Hemligsson svarar för \\arbetet #panic("x") i Provköping.')
    expect(pdf.text).toContain('beslutar att ge Beredningen i uppdrag')
    expect(pdf.text).not.toContain('SAMMANFATTNING')
    expect(pdf.outline).toHaveLength(many + 1)
    expect(pdf.text).toContain('Protokoll · Fredag 6 mars 2026')
    expect(pdf.outline[0]).toBe('1 Välkomna till Åseda')
    expect(pdf.outline.at(-1)).toBe('Protokollets version')
    expect(pdf.tagged).toBe(true)
    expect(pdf.roles).toContain('LI')
    expect(pdf.headers['content-disposition']).toBe('inline; filename="protokoll-2026-03-06-lansgemensam-ledning.pdf"')
    expect((await printed(pdfPath)).bytes.equals(pdf.bytes)).toBe(true)
    const known = await app.inject({ url: pdfPath, headers: { 'if-none-match': String(pdf.headers.etag) } })
    expect(known.statusCode).toBe(304)
  })

  test('show errata and what happened afterwards, from the last frozen version', async () => {
    const errata = `${meeting.work}/rattelser?punkt=2`
    const sent = await coordinator.post(errata, {
      sett: fieldIn((await coordinator.get(errata)).body, 'sett'),
      slag: 'erratum',
      anteckning: 'Rätt ort är Provstad.',
      text: 'Hemliga Hemligsson svarar för arbetet i Provstad.',
    })
    expect(sent.status).toBe(303)
    const pdf = await printed(pdfPath)
    const last = await db.selectFrom('minutes_version').select(['number', 'sha256']).orderBy('number', 'desc').execute()
    expect(pdf.text).toContain('Version 2, publicerad')
    expect(pdf.text).toContain(last[0]?.sha256.toString('hex'))
    expect(pdf.text).toContain('arbetet i Provstad.')
    expect(pdf.text).toContain('Rättelse 10 mars 2026 (samordnare)')
    expect(pdf.text).toContain('Rätt ort är Provstad.')
  })

  test('have masks over what must not be shown, in words, bookmarks and title alike', async () => {
    const mask = `${meeting.work}/rattelser/mask`
    const sent = { punkt: '', ord: 'Hemliga Hemligsson', skal: 'sekretess', bekrafta: 'ja' }
    expect((await administrator.post(mask, sent)).status).toBe(303)
    const answer = await app.inject({ url: pdfPath })
    expect(answer.rawPayload.includes('Hemligsson')).toBe(false)
    const pdf = await printed(pdfPath)
    expect(pdf.text).not.toContain('Hemligsson')
    expect(pdf.text).toContain('[maskerat] svarar för arbetet i Provstad.')
    expect(pdf.text).toContain('Ord är maskerade i hela protokollet (sekretess).')
  })
})

describe('a summary as PDF', () => {
  const path = '/moten-och-protokoll/2025-12-12-lansgemensam-ledning'

  test('says on every page that it is one, and has no checksum', async () => {
    const page = await anyone.get(path)
    expect(textOf(page.body)).toContain('Sammanfattningen som PDF')
    const pdf = await printed(`${path}/protokoll.pdf`)
    for (const text of pdf.texts) expect(text).toContain('SAMMANFATTNING')
    expect(pdf.text).toContain('Texten är en sammanfattning, inte protokollets ordalydelse.')
    expect(pdf.text).not.toMatch(/[0-9a-f]{64}/)
    expect(pdf.roles).toContain('TH')
    expect(pdf.outline).toContain('Närvaro')
    expect(pdf.subOutline.some((title) => title.startsWith('7b '))).toBe(true)
  })

  test('is of published minutes alone', async () => {
    expect((await anyone.get('/moten-och-protokoll/finns-inte/protokoll.pdf')).status).toBe(404)
  })
})

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { evenOut } from '../../src/imports/lines.ts'
import { readEffect, readPerson, readPresenter } from '../../src/imports/phrases.ts'
import { type Proposal, readProtocol } from '../../src/imports/protocol.ts'
import { autumn } from './autumn.ts'
import { doubleSpaced, numberedPages, singleSpaced, trimmed } from './forms.ts'
import { sample } from './sample.ts'

const read = (text: string) => readProtocol({ text, paragraphs: false, links: null })
const decisionsOf = ({ items }: Proposal) =>
  items.flatMap((item) => [item, ...item.subItems].flatMap((part) => part.decisions))
/** What is proposed, without what depends on how pages are marked. */
const facts = (proposal: Proposal) => ({
  body: proposal.body,
  date: proposal.date,
  items: proposal.items.map(({ page, continuesOnPages, subItems, ...item }) => ({
    ...item,
    subItems: subItems.map(({ page: _page, ...sub }) => sub),
  })),
  attendance: proposal.attendance,
})

describe('a double-spaced protocol with pages marked by a leading space', () => {
  const proposal = read(sample)
  const [, filing, course, notes, decided, workshop] = proposal.items

  test('title line and five pages', () => {
    expect(proposal).toMatchObject({ body: 'Länsgemensam ledning', date: '2031-04-11', pages: 5, layout: 'protocol' })
    expect(proposal.items.map(({ no, type, page }) => [no, type, page])).toEqual([
      [1, 'information', 1],
      [2, 'decision', 1],
      [3, 'information', 1],
      [4, 'information', 2],
      [5, 'decision', 3],
      [6, 'discussion', 3],
    ])
  })

  test('minutes put to the file, with what was added', () => {
    expect(filing?.decisions).toEqual([
      {
        id: '2-1',
        kind: 'minutes_filed',
        additions: 'Två rättelser infördes.',
        raw: 'Två rättelser infördes. Protokollet godkändes och lades till handlingarna.',
      },
    ])
  })

  test('a presenter without a comma after the name; targets in the order of their words', () => {
    expect(course?.presenters).toEqual([
      { name: 'Förnamn Efternamn B', title: 'samordnare Utbildning', organisation: 'Region Exempel län' },
      { name: 'Förnamn Efternamn C', title: 'utvecklingsledare', organisation: 'Kommunförbundet i Exempel län' },
    ])
    expect(course?.attachments).toEqual([{ label: 'Bildspel', url: 'https://exempel.example/moten/' }])
    expect(course?.links).toEqual([{ anchor: 'här', url: 'https://exempel.example/kurser' }])
    expect(course?.body).toHaveLength(2)
  })

  test('status lines with and without stop; a body without stop is no heading', () => {
    expect(notes?.subItems.map(({ ref, owningBody, body }) => [ref, owningBody, body])).toEqual([
      [
        '4a',
        'samordnande grupp Äldre',
        ['Rummet är färdigt i juni. Det bokas hos Kommunförbundet och parterna delar på hyran'],
      ],
      ['4b', 'samverkansområdesgrupp Invånarmedverkan', ['Den är översatt och går till tryck senare i år.']],
    ])
  })

  test('typed decisions: decimal comma, verb with and without comma, two items of one title', () => {
    const [value, first, second] = (decided?.subItems ?? []).map(({ decisions }) => decisions[0])
    expect(value).toMatchObject({
      kind: 'indicator_set',
      decidedBy: 'Länsgemensam ledning',
      year: 2034,
      value: 2.5,
      object: 'målet för genomsnittlig väntetid i utbildningsfrågor',
    })
    expect(first).toMatchObject({
      id: '5b-1',
      kind: 'member_replaced',
      group: 'samordnande grupp Äldre',
      in: { name: 'Förnamn Efternamn D', detail: 'enhetschef på Hemvården Norr, Provby kommun' },
      out: { name: 'Förnamn Efternamn E', detail: 'Hemvården Syd, Provby kommun', formerTitle: false },
      represents: null,
    })
    expect(second).toMatchObject({
      id: '5c-1',
      group: 'samordnande grupp Äldre',
      in: { name: 'Förnamn Efternamn F', detail: 'dietist, Region Exempel län' },
      out: { name: 'Förnamn Efternamn G', detail: 'dietist Region Exempel län', formerTitle: true },
      represents: 'samverkansområdesgrupp Hab/Rehab',
    })
    expect(proposal.warnings).toContainEqual({ code: 'duplicate_sub_title', item: 5, level: 'info' })
  })

  test('text that goes on after a page start is joined', () => {
    expect(workshop?.continuesOnPages).toEqual([4])
    expect(workshop?.body).toEqual([
      'Alla prövade ett verktyg tillsammans. Det används vidare i höst. Svaren läggs ihop och följer med protokollet.',
    ])
  })

  test('attendance: role words, a wrapped line, presenters among the others', () => {
    expect(
      proposal.attendance.members.map(({ name, role, organisation }) => [name.at(-1), role, organisation]),
    ).toEqual([
      ['H', 'Brukarrepresentant', null],
      ['A', null, 'Provby kommun'],
      ['I', null, 'Exempelköpings kommun'],
      ['J', null, 'Region Exempel län'],
    ])
    expect(proposal.attendance.others).toEqual([
      { name: 'Förnamn Efternamn C', organisation: 'Kommunförbundet' },
      { name: 'Förnamn Mellannamn Efternamn K', organisation: 'Kommunförbundet' },
      { name: 'Förnamn Efternamn B', organisation: 'Region Exempel län' },
    ])
  })
})

test.each([
  ['trimmed', trimmed],
  ['single spaced with form feeds', singleSpaced],
  ['with page numbers', numberedPages],
  [
    'with CRLF and hard spaces',
    (text: string) => singleSpaced(text).replaceAll('\n', '\r\n').replaceAll(' och ', '\u00a0och '),
  ],
])('the same facts from text that is %s', (_name, form) => {
  expect(facts(read(form(autumn)))).toEqual(facts(read(doubleSpaced(autumn))))
})

test('a whole protocol of eight items, fact by fact', () => {
  const proposal = read(doubleSpaced(autumn))
  expect(proposal.items).toHaveLength(8)
  expect(decisionsOf(proposal).map(({ id, kind }) => [id, kind])).toEqual([
    ['2-1', 'minutes_filed'],
    ['5a-1', 'position'],
    ['5c-1', 'position'],
    ['7a-1', 'indicator_set'],
    ['7b-1', 'member_replaced'],
    ['7c-1', 'member_replaced'],
    ['7d-1', 'member_replaced'],
  ])
  expect(proposal.items[3]?.links.map(({ anchor }) => anchor)).toEqual(['Länsgemensam lednings sida', 'här'])
  expect(proposal.warnings.map(({ code }) => code)).toContain('title_typo_suspected')
  expect([proposal.attendance.members.length, proposal.attendance.others.length]).toEqual([6, 6])
})

test('two printed columns side by side are read one after the other', () => {
  const columns = `Protokoll Länsgemensam ledning 2031-04-11

1. Start
Mötet öppnades av ordföranden.

Närvarande ledamöter:                 Övriga
Testa Testsson, Provby kommun         Prov Provsson, Kommunförbundet
Anna von Test, Region Exempel län     Eva Prov Test,
                                      Kommunförbundet
Rune Test, Brukarrepresentant`
  expect(read(columns).attendance).toEqual({
    members: [
      { name: 'Testa Testsson', role: null, organisation: 'Provby kommun' },
      { name: 'Anna von Test', role: null, organisation: 'Region Exempel län' },
      { name: 'Rune Test', role: 'Brukarrepresentant', organisation: null },
    ],
    others: [
      { name: 'Prov Provsson', organisation: 'Kommunförbundet' },
      { name: 'Eva Prov Test', organisation: 'Kommunförbundet' },
    ],
  })
})

test.each([
  ['Testa Testsson ersätts av Prov Provsson i samordnande grupp Äldre'],
  ['återremittera förslaget att Testa Testsson ersätter Prov Provsson som representant i samordnande grupp Äldre'],
  ['inte fastställa målet för år 2032 till 1,5'],
  ['fastställa målet för år 2032 till 1,5 och för år 2033 till 2,5'],
])('no effect is guessed from "%s"', (what) => {
  expect(readEffect(what)).toBeNull()
})

test('a decision of another body stays text', () => {
  const proposal = read(
    'Protokoll Länsgemensam ledning 2031-04-11\n\n1. Läget\nProvby fullmäktige beslutar att anta planen i vår.',
  )
  expect(decisionsOf(proposal)).toEqual([])
  expect(proposal.warnings.map(({ code }) => code)).toContain('decision_by_other_body')
  expect(proposal.items[0]?.body).toEqual(['Provby fullmäktige beslutar att anta planen i vår.'])
})

test.each([
  ['Mari-Ann von Provén samordnare, X kommun', 'Mari-Ann von Provén', 'samordnare, X kommun'],
  ['Petra Provstrand barnläkare', 'Petra Provstrand', 'barnläkare'],
  ['Anna Test HSF, RKL', 'Anna Test', 'HSF, RKL'],
  ['Förnamn Efternamn G, tidigare dietist', 'Förnamn Efternamn G', 'tidigare dietist'],
])('the name in "%s"', (phrase, name, rest) => {
  expect(readPerson(phrase)).toEqual({ name, rest })
})

test('a sentence is no presenter', () => {
  expect(readPresenter('Testa Testsson, socialchef, öppnade mötet i Provby kommun')).toBeNull()
})

test('presenters with an area of two words, letters of other languages and particles in a row', () => {
  const proposal = read(
    doubleSpaced(`#Protokoll Länsgemensam ledning 2032-11-19
1. Uppföljning
Bildspel
Zoë Łukasz Provström, verksamhetschef Barn- och ungdomspsykiatrin, Region Exempel län
Per-Åke D'Prov samordnare Barn och unga, Kommunförbundet i Exempel län
Ümit Çeltest, strateg Psykisk hälsa, Region Exempel län

Arbetet går enligt plan.

#Närvarande ledamöter:
Christina von der Prov-Lindh, Provby kommun
Ulf X:son Test, Region Exempel län
Övriga
Tua Å, Provby kommun
Frånvarande:
Bo Provman, Provby kommun
Mo Testman, Provby kommun`),
  )
  expect(proposal.items[0]?.presenters).toEqual([
    {
      name: 'Zoë Łukasz Provström',
      title: 'verksamhetschef Barn- och ungdomspsykiatrin',
      organisation: 'Region Exempel län',
    },
    { name: "Per-Åke D'Prov", title: 'samordnare Barn och unga', organisation: 'Kommunförbundet i Exempel län' },
    { name: 'Ümit Çeltest', title: 'strateg Psykisk hälsa', organisation: 'Region Exempel län' },
  ])
  expect(proposal.items[0]?.body).toEqual(['Arbetet går enligt plan.'])
  expect(proposal.attendance.members.map(({ name }) => name)).toEqual([
    'Christina von der Prov-Lindh',
    'Ulf X:son Test',
  ])
  // Who was absent is left for a human, not listed as present.
  expect(proposal.attendance.others.map(({ name }) => name)).toEqual(['Tua Å'])
  expect(proposal.leftovers.map(({ text }) => text).join('|')).toContain('Bo Provman, Provby kommun')
  expect(proposal.leftovers.map(({ text }) => text).join('|')).toContain('Mo Testman, Provby kommun')
})

test('titles over decisions may be long or cut at the line end; a chair is no member; additions are told', () => {
  const proposal = read(
    doubleSpaced(`#Protokoll Länsgemensam ledning 2032-11-19
1. Föregående protokoll
Beslut: Protokollet läggs till handlingarna med följande tillägg: två namn saknades.

2. Beslut

Byte av deltagare i samordnande grupp Äldre och i samordnande grupp Psykisk hälsa
Länsgemensam ledning beslutar att Eva Prov, chef, Provby kommun, ersätter Jan Test, chef,
Provby kommun, som representant i samordnande grupp Äldre.

Byte av representant i samordnande grupp Barn och unga samt i samordnande grupp
Psykisk hälsa
Länsgemensam ledning beslutar att Siv Prov, chef, Provby kommun, ersätter Bo Test, chef, Provby
kommun, som representant i samordnande grupp Barn och unga.

Byte av ordförande
Länsgemensam ledning beslutar att Lo Prov, chef, Provby kommun, ersätter Mo Test, chef, Provby
kommun, som ordförande i samordnande grupp Barn och unga.

3. Informationspunkter

Mobila team
Pågående arbete inom samordnande
grupp Äldre
Teamen finns i sex kommuner och arbetet går vidare under hösten.

Upphandling
Pågående arbete inom samordnande grupp eHälsa
Leverantör utses i maj och avtal skrivs före sommaren i år.

Vid mötet togs frågan om utvärdering upp igen, och många framhöll att det är viktigt att det är
Länsgemensam ledning beslutar att frågan återkommer.`),
  )
  expect(proposal.items[0]?.decisions).toMatchObject([
    {
      kind: 'minutes_filed',
      additions: 'Protokollet läggs till handlingarna med följande tillägg: två namn saknades.',
    },
  ])
  const parts = proposal.items[1]?.subItems.map(({ title, decisions, body }) => [
    title,
    decisions[0]?.kind,
    body.length,
  ])
  expect(parts).toEqual([
    ['Byte av deltagare i samordnande grupp Äldre och i samordnande grupp Psykisk hälsa', 'member_replaced', 0],
    [
      'Byte av representant i samordnande grupp Barn och unga samt i samordnande grupp Psykisk hälsa',
      'member_replaced',
      0,
    ],
    ['Byte av ordförande', 'note', 0],
  ])
  expect(proposal.items[2]?.subItems.map(({ title, owningBody }) => [title, owningBody])).toEqual([
    ['Mobila team', 'samordnande grupp Äldre'],
    ['Upphandling', 'samordnande grupp eHälsa'],
  ])
})

test('a person of two printed columns may be cut in either', () => {
  const lines = [
    ['Närvarande ledamöter:', 'Övriga'],
    ['Per Provlund, Provby', 'Margareta Testström Prov,'],
    ['kommun', 'Kommunförbundet'],
    ['Lo Prov, Region Exempel län', ''],
  ]
  const list = lines.map(([left = '', right = '']) => `${left.padEnd(50)}${right}`.trimEnd()).join('\n')
  const { attendance } = read(
    `Protokoll Länsgemensam ledning 2032-11-19\n1. Mötet\nText.\n\n2. Slut\nText.\n\n${list}\n`,
  )
  expect(attendance.members.map(({ name, organisation }) => [name, organisation])).toEqual([
    ['Per Provlund', 'Provby kommun'],
    ['Lo Prov', 'Region Exempel län'],
  ])
  expect(attendance.others).toEqual([{ name: 'Margareta Testström Prov', organisation: 'Kommunförbundet' }])
})

test('another layout becomes headings and text, and no decision', () => {
  const proposal = read(
    'Minnesanteckningar\n\nVi talade om planen.\n\nBeslut: Länsgemensam ledning beslutar att anta den.',
  )
  expect(proposal).toMatchObject({ layout: 'text', items: [], date: null })
  expect(proposal.warnings.map(({ code }) => code)).toEqual(['other_layout'])
})

/** Words of the source that stand neither in the proposal nor among its leftovers. */
function lost(text: string): string[] {
  const wordsOf = (value: string) => evenOut(value).match(/[\p{L}\d]+/gu) ?? []
  const proposal = read(text)
  const kept = new Set(wordsOf(JSON.stringify(proposal).replaceAll('\\"', '"')))
  const markers = new Set(['Protokoll', 'Närvarande', 'ledamöter', 'Övriga'])
  return wordsOf(text).filter((word) => !kept.has(word) && !markers.has(word))
}

test('no word is lost, whatever lines a protocol has and in whatever order', () => {
  const lines = [
    ...new Set([...autumn.split('\n'), 'Vid protokollet', '4. Lös rad', 'Beslut', 'a, b', '12', 'Ordet är fritt.']),
  ]
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(...lines), { maxLength: 40 }),
      fc.constantFrom(doubleSpaced, singleSpaced, trimmed),
      (some, form) => {
        expect(lost(form(['#Protokoll Länsgemensam ledning 2032-11-19', ...some].join('\n')))).toEqual([])
      },
    ),
    { numRuns: 150 },
  )
})

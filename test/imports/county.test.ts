import { expect, test } from 'vitest'
import { proposeMeeting } from '../../src/imports/registers.ts'
import { kalmarDatabase } from '../support/database.ts'
import { doubleSpaced, numberedPages, singleSpaced, trimmed } from './forms.ts'

const db = await kalmarDatabase()

/** A made-up protocol of the county's own bodies and organisations, with eighteen members and eleven others. */
const spring = `#Protokoll Länsgemensam ledning 2026-04-17
1. Välkomna
Vice ordförande Prova Hassel Testfast, socialchef i Kalmar kommun, och Mats Provsson,
psykiatridirektör, Region Kalmar län, öppnade mötet och hälsade ledamöterna välkomna.

2. Föregående mötesprotokoll
Ingen av ledamöterna hade något att lägga till. Beslut: Protokollet från föregående möte läggs till
handlingarna utan tillägg.

3. Ordförande och vice ordförande
De samordnande grupperna berättade kort om läget. Samtliga handlingsplaner är nu godkända av
Länsgemensam ledning. Barn och unga samt Psykisk hälsa förbereder sina områden. Äldre går vidare.

#4. Uppföljning av samverkan inom primärvård
Bildspel
Maria Provarsson samordnare Nära vård, Region Kalmar län
Marie Testsson, utvecklingsledare När vård, Region Kalmar län

Länets 38 enheter svarade på en enkät. Två frågor stod i centrum: hur behov prioriteras, och hur
samverkan med andra fungerar. Utfallet är att samarbetet går relativt bra.

Efter mötet har underlaget godkänts. Det ligger på Länsgemensam lednings sida under Gemensam
primärvårdsdata. Jönköpings läns öppna statistik har varit förebild och finns här.

I dialogen framhölls att siffrorna är svåra att förena även här i länet.
https://exempel.example/moten-och-protokoll/
https://exempel.example/lansgemensamledning
https://exempel.example/statistik/
#5. Informationspunkter

Gemensam plan för samverkan
Pågående arbete inom Länsgemensam ledning.
Planen är klar. Regionalt ledningsforum och presidiet står bakom den. Närmast väntar beslut i de tolv
kommunerna och regionen.

Digital ungdomsmottagning
Pågående arbete inom samordnande grupp Barn och unga.
Statsbidragen räcker till och med den 31 januari 2027. Därefter har regionen ansvaret och
verksamheten hamnar i HSF

Intensiv kontextuell behandling (IKB)
Pågående arbete inom samordnade grupp Barn och unga
Projektet betalas med länsgemensamma medel. Den 3 oktober 2025 talade ledningen om målgrupp,
bredd och ekonomi.
Det fastslås att samtliga är positiva till att IKB betalas med länsgemensamma medel så länge
möjligheten finns.

6. Utskrivningsklara dagar
Bildspel
Lena Prov Testnert, utvecklingsledare, Kommunförbundet i Kalmar län
Kristina Provbring, utvecklingsledare Äldre, Region Kalmar län

Lagen gäller sedan 2018. Målet är noll dagar. Indikatorn, nu 0,8, ses över varje år och kommunerna
betalar från och med dag fyra.
https://exempel.example/moten-och-protokoll/
#7. Beslutspunkter

Indikator för utskrivningsklara dagar
Länsgemensam ledning beslutar att fastställa genomsnittsindikatorn för utskrivningsklara dagar för
år 2027 till 0,8.

Byte av deltagare i samordnande grupp Barn och unga
Länsgemensam ledning beslutar att Petra Provstra, barnläkare barn- och ungdomskliniken Kalmar, HSF,
RKL ersätter Charlotte Testsén barn- och ungdomskliniken Västervik, HSF, RKL som representant i
samordnande grupp Barn och unga.

Byte av deltagare i samordnande grupp Psykisk hälsa
Länsgemensam ledning beslutar att Simon Provberg, basenhetschef, Habiliteringen Söder, HSF, RKL,
ersätter Chris Testgren, tidigare basenhetschef habiliteringen norr, RKL som representant i
samordnade grupp Psykisk hälsa.

Byte av deltagare i samordnande grupp Barn och unga
Länsgemensam ledning beslutar att Rebecka Testlund, basenhetschef habiliteringen norr, RKL ersätter
Chris Testgren tidigare basenhetschef habiliteringen norr RKL, i samordnande grupp barn och unga som
representant från samverkansområdesgrupp Hab/Rehab.

8. Ordnat införande för omställning till nära vård
Lena Prov Testnert, utvecklingsledare, Kommunförbundet i Kalmar län
Marie Testsson, utvecklingsledare Nära vård, Region Kalmar län

Föredragarna är tillika sammankallande för arbetsgruppen. En process tas fram för större förändringar.
Först egen reflektion i menti, sedan dialog och inspel i padlet. Underlagen mejlas ut tillsammans med
protokollet.

#Närvarande ledamöter:
Rune Provsson, Brukarrepresentant
Annelie Testsky, Brukarrepresentant
Susann Provth, Högsby kommun
Anette Provsson, Vimmerby kommun
Ann-Katrin Testål, Mörbylånga kommun
Prova Hassel Testfast, Kalmar kommun
Patrik Provberg, Kalmar kommun
Cecilia Testström, Oskarshamns kommun
Roland Provelius, Borgholms kommun
Patrik Testström, Mönsterås kommun
Annika Provberg, Nybro kommun
Johanna Provfors, Torsås kommun
Johan Testqvist, Region Kalmar län
Niklas Provner, Region Kalmar län
Mats Provsson, Region Kalmar län
Johan Provsson, Region Kalmar län
Magnus Testsson, Region Kalmar län
Malin Provsand, Region Kalmar län






Övriga
Jessica Provelius, Kommunförbundet
Malin Testqvist, Kommunförbundet
Margit Lindprov Johansson,
Kommunförbundet
Maria Minich Provsson, Region Kalmar län
Sofia Provsson, Kommunförbundet
Lena Prov Testnert, Kommunförbundet
Kristina Provbring, Region Kalmar län
Filiph Testdahl, Kommunförbundet
Maria Provarsson, Region Kalmar län
Marie Testsson, Region Kalmar län
Helene Provell, Region Kalmar län`

test.each([
  ['double spaced', doubleSpaced],
  ['trimmed', trimmed],
  ['single spaced', singleSpaced],
  ['with page numbers', numberedPages],
])('%s: fact by fact', async (_name, form) => {
  const { proposal, matches } = await proposeMeeting(db, { text: form(spring), paragraphs: false, links: null })
  expect(proposal).toMatchObject({ body: 'Länsgemensam ledning', date: '2026-04-17', layout: 'protocol' })
  expect(matches.body?.slug).toBe('lansgemensam-ledning')
  expect(proposal.items.map(({ no, title, type }) => `${no} ${type} ${title}`)).toEqual([
    '1 information Välkomna',
    '2 decision Föregående mötesprotokoll',
    '3 information Ordförande och vice ordförande',
    '4 information Uppföljning av samverkan inom primärvård',
    '5 information Informationspunkter',
    '6 information Utskrivningsklara dagar',
    '7 decision Beslutspunkter',
    '8 discussion Ordnat införande för omställning till nära vård',
  ])
  expect(proposal.items.flatMap(({ subItems }) => subItems.map((sub) => [sub.ref, sub.title, sub.owningBody]))).toEqual(
    [
      ['5a', 'Gemensam plan för samverkan', 'Länsgemensam ledning'],
      ['5b', 'Digital ungdomsmottagning', 'samordnande grupp Barn och unga'],
      ['5c', 'Intensiv kontextuell behandling (IKB)', 'samordnande grupp Barn och unga'],
      ['7a', 'Indikator för utskrivningsklara dagar', null],
      ['7b', 'Byte av deltagare i samordnande grupp Barn och unga', null],
      ['7c', 'Byte av deltagare i samordnande grupp Psykisk hälsa', null],
      ['7d', 'Byte av deltagare i samordnande grupp Barn och unga', null],
    ],
  )
  expect(proposal.items.map(({ presenters }) => presenters.map(({ name, title }) => `${name}: ${title}`))).toEqual([
    [],
    [],
    [],
    ['Maria Provarsson: samordnare Nära vård', 'Marie Testsson: utvecklingsledare När vård'],
    [],
    ['Lena Prov Testnert: utvecklingsledare', 'Kristina Provbring: utvecklingsledare Äldre'],
    [],
    ['Lena Prov Testnert: utvecklingsledare', 'Marie Testsson: utvecklingsledare Nära vård'],
  ])
  const [, , , , notes, , decided] = proposal.items
  expect(proposal.items[1]?.decisions).toMatchObject([{ id: '2-1', kind: 'minutes_filed', additions: 'none' }])
  expect(notes?.subItems.map(({ decisions }) => decisions.map(({ kind, confidence }) => [kind, confidence]))).toEqual([
    [['position', 'low']],
    [],
    [['position', 'low']],
  ])
  expect(decided?.subItems.map(({ decisions }) => decisions)).toMatchObject([
    [{ kind: 'indicator_set', year: 2027, value: 0.8 }],
    [
      {
        kind: 'member_replaced',
        group: 'samordnande grupp Barn och unga',
        in: {
          name: 'Petra Provstra',
          detail: 'barnläkare barn- och ungdomskliniken Kalmar, HSF, RKL',
          expanded: 'barnläkare barn- och ungdomskliniken Kalmar, Hälso- och sjukvårdsförvaltningen, Region Kalmar län',
        },
        out: { name: 'Charlotte Testsén', formerTitle: false },
        represents: null,
      },
    ],
    [
      {
        group: 'samordnande grupp Psykisk hälsa',
        in: { name: 'Simon Provberg' },
        out: { name: 'Chris Testgren', detail: 'basenhetschef habiliteringen norr, RKL', formerTitle: true },
        represents: null,
      },
    ],
    [
      {
        group: 'samordnande grupp Barn och unga',
        in: { name: 'Rebecka Testlund' },
        out: { name: 'Chris Testgren', formerTitle: true },
        represents: 'samverkansområdesgrupp Hab/Rehab',
      },
    ],
  ])
  expect(proposal.attendance.members).toHaveLength(18)
  expect(proposal.attendance.others).toHaveLength(11)
  expect(proposal.attendance.others[2]).toMatchObject({
    name: 'Margit Lindprov Johansson',
    organisation: 'Kommunförbundet',
  })
  const codes = proposal.warnings.map(({ code }) => code)
  expect(codes).not.toContain('unknown_organisation')
  expect(codes).not.toContain('unknown_group')
  expect(codes).toContain('title_typo_suspected')
  // "här" inside a sentence is no link: the words of the page and "här" before a stop are as many as the addresses.
  expect(proposal.items[3]?.attachments).toEqual([
    { label: 'Bildspel', url: 'https://exempel.example/moten-och-protokoll/' },
  ])
  expect(proposal.items[3]?.links.map(({ url }) => url)).toEqual([
    'https://exempel.example/lansgemensamledning',
    'https://exempel.example/statistik/',
  ])
  expect(proposal.items[5]?.attachments[0]?.url).toBe('https://exempel.example/moten-och-protokoll/')
})

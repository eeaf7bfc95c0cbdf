/**
 * A county where everything is long: names and words that hardly fit on a phone, a group of 500, a meeting that all of
 * them attend. Written as files of facts and loaded as any county's, so every rule of the registers has had its say.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Kysely } from 'kysely'
import type { Database } from '../../src/db/database.ts'
import { day } from '../../src/kernel/dates.ts'
import { loadFacts } from '../../src/seeding/load.ts'

/** Swedish makes words like this one, and nothing in it tells a browser where to break it. */
const longWord = 'Länssamverkansuppföljningsutvärderingssamordningsarbetsutskottsgruppen'
const longName = `${longWord} för barn, unga, vuxna och äldre med behov av samordnade insatser från kommuner och region`
const longText = Array.from({ length: 4 }, () => `${longName}.`).join(' ')
const longUrl = `https://example.se/${'samverkan-och-avtal-'.repeat(12)}protokoll`

const members = 500
const municipalities = 12
/** Agenda items; each replaces one member by somebody new. */
const items = 12

const personSlug = (number: number) => `testperson-${number}`

/** The pages of most of the 500 are as those of the others. */
export const isOneOfHundreds = (url: string) => /\/personer\/testperson-\d{3}/.test(url)

/** Names hold no digits, so the number is spelt: 0 → 'Aa', 27 → 'Bb'. */
const spelt = (number: number) => String.fromCharCode(65 + Math.floor(number / 26), 97 + (number % 26))
const numbers = (count: number) => Array.from({ length: count }, (_, number) => number)
const code = (letter: string, number: number, digits = 1) => `HP1-${letter}${String(number).padStart(digits, '0')}`

function facts(): Record<string, unknown> {
  const source = 'P1: hela protokollet'
  const activity = (number: number) => ({
    code: code('A', number, 2),
    text: longText,
    links: [{ label: longName, url: longUrl }],
    milestones: [{ kind: 'final_report', title: longName, due: '2026-06-30' }],
    followUps: [{ notedOn: '2026-01-15', state: 'active', text: longText, notedBy: longName }],
  })
  const area = (letter: string, number: number, firstActivity: number) => ({
    code: code(letter, number),
    title: `${longName} ${number}`,
    purpose: longText,
    timeframe: longText,
    organisation: longText,
    sections: [{ heading: longName, text: longText, items: [longText, longText] }],
    activities: numbers(4).map((place) => activity(firstActivity + place)),
    milestones: [{ kind: 'interim_report', title: longName, due: '2025-12-01' }],
  })
  return {
    'facts.json': { name: 'langa-lanet', county: longName },
    'sources.json': [
      { code: 'P1', title: `Protokoll ${longName}`, kind: 'minutes', quality: longText, url: longUrl },
      { code: 'P2', title: `Bildspel ${longName}`, kind: 'slides', quality: longText },
    ],
    'themes.json': [{ slug: 'temat', name: longName }],
    'organisations.json': [
      { slug: 'regionen', name: `Region ${longName}`, shortName: longWord, kind: 'region', isParty: true, source },
      ...numbers(municipalities).map((number) => ({
        slug: `kommun-${number}`,
        name: `${longWord}s kommun ${spelt(number)}`,
        shortName: `${longWord} ${spelt(number)}`,
        kind: 'municipality',
        isParty: true,
        source,
      })),
    ],
    'persons.json': numbers(members + items).map((number) => ({
      slug: personSlug(number),
      name: `Testa${spelt(number)} Exempelstierna-Provsjöström-Långnamnsson af Testeborg`,
      source,
    })),
    'bodies.json': [
      {
        slug: 'ledningen',
        name: longName,
        shortName: longWord,
        kind: 'leadership',
        theme: 'temat',
        purpose: longText,
        composition: longText,
        targetGroup: longText,
        priorityArea: longText,
        phase: longName,
        state: longName,
        functionMailbox: `${'samverkan.'.repeat(5)}funktion@example.se`,
        otherNames: [{ name: `${longName} (tidigare)`, remark: longText }],
        reportsTo: [{ text: longName, how: longText }],
        requirements: [{ dimension: 'geography', requirement: longText }],
        seats: [
          { title: longName, level: 'civil_servant', seats: 600, remark: longText },
          { title: `${longWord} från kommunerna`, level: 'civil_servant', eachMunicipality: true },
        ],
        links: [{ label: longName, url: longUrl }],
        source,
      },
      ...numbers(8).map((number) => ({
        slug: `arbetsgrupp-${number}`,
        name: `${longName} ${number}`,
        shortName: `${longWord} ${number}`,
        kind: 'working_group',
        parent: number === 0 ? 'ledningen' : number < 5 ? `arbetsgrupp-${number - 1}` : 'ledningen',
        source,
      })),
    ],
    'matters.json': [
      {
        slug: 'arendet',
        title: longName,
        summary: longText,
        registryNumber: `${longWord}/2026-1`,
        body: 'ledningen',
        source,
      },
    ],
    'documents.json': [
      {
        slug: 'avtalet',
        title: `Avtal om ${longName}`,
        kind: 'agreement',
        state: 'in_force',
        stateText: longText,
        summary: longText,
        owner: longName,
        inForce: { from: '2024-01-01' },
        revisionDue: '2026-12-31',
        revisionText: longText,
        parties: { who: 'all' },
        versions: [{ label: longName, from: '2024-01-01' }],
        matters: ['arendet'],
        links: [{ label: longUrl, url: longUrl }],
        source,
      },
    ],
    'party-positions.json': [
      {
        document: 'avtalet',
        parties: 'all',
        state: 'decided',
        asOf: '2025-06-01',
        decidedBy: longName,
        decidedOn: '2025-05-01',
        paragraph: `§ ${longWord}`,
        url: longUrl,
        source,
        note: longText,
      },
    ],
    'memberships.json': numbers(members).map((number) => ({
      body: 'ledningen',
      person: personSlug(number),
      role: 'member',
      seat: longName,
      onBehalf: { organisation: number % 3 === 0 ? 'regionen' : `kommun-${number % municipalities}` },
      title: `${longWord}schef`,
      unit: longName,
      employer: `kommun-${number % municipalities}`,
      knownFromMeeting: '2026-01-15-ledningen',
      source,
    })),
    'meetings/2026-01-15-ledningen.json': {
      slug: '2026-01-15-ledningen',
      body: 'ledningen',
      title: `Protokoll ${longName} 2026-01-15`,
      heldOn: '2026-01-15',
      startsAt: '09:30',
      endsAt: '16:00',
      place: longName,
      videoLink: longUrl,
      state: 'published',
      remark: longText,
      items: numbers(items).map((number) => ({
        number: String(number + 1),
        title: `${longName} ${number + 1}`,
        kinds: ['information', 'discussion', 'decision'],
        text: `${longText}\n\n${longText}`,
        state: longName,
        afterMeeting: longText,
        presenters: [
          { person: personSlug(number), title: `${longWord}schef`, organisation: 'regionen' },
          { text: longName },
        ],
        matters: ['arendet'],
        documents: ['avtalet'],
        links: [{ label: longName, url: longUrl }],
        statements: [{ person: personSlug(number), kind: 'reservation', statement: longText }],
        decisions: [
          {
            title: `${longName} byter ledamot ${number + 1}`,
            clause: longText,
            effects: [
              {
                kind: 'member_replaced',
                body: 'ledningen',
                role: 'member',
                out: { person: personSlug(number) },
                in: {
                  person: personSlug(members + number),
                  title: `${longWord}schef`,
                  unit: longName,
                  employer: 'regionen',
                },
                onBehalf: { organisation: 'regionen' },
              },
            ],
          },
        ],
      })),
      attendance: numbers(members).map((number) => ({
        person: personSlug(number),
        capacity: number % 4 === 0 ? 'other' : 'member',
        organisation: `kommun-${number % municipalities}`,
        title: `${longWord}schef`,
      })),
      source,
    },
    'plans/planen.json': {
      slug: 'planen',
      code: 'HP1',
      title: `Handlingsplan ${longName}`,
      body: 'ledningen',
      from: '2025',
      to: '2026',
      vision: longText,
      targetGroup: longText,
      ambition: longText,
      coordinatedBy: longText,
      responsible: longName,
      followUp: longText,
      textKind: 'summary',
      strategicDirections: numbers(4).map(() => ({ direction: longText })),
      sections: [{ heading: longName, text: longText, items: [longText] }],
      improvementAreas: numbers(3).map((place) => area('F', place + 1, place * 4 + 1)),
      ongoingAreas: numbers(2).map((place) => area('L', place + 1, 12 + place * 4 + 1)),
      milestones: [{ kind: 'other', title: longName, due: '2026-03-01' }],
      source,
    },
    'plan-links.json': {
      links: [
        {
          from: ['HP1-A01'],
          to: ['HP1-A02'],
          toBodies: ['arbetsgrupp-0'],
          toAgendaItems: ['2026-01-15-ledningen#1'],
          toMatters: ['arendet'],
          how: longText,
          source,
        },
      ],
      documents: [{ activity: 'HP1-A01', document: 'avtalet', how: longName }],
    },
    'decisions.json': [
      {
        slug: '2025-11-26-ledningen-planen',
        body: 'ledningen',
        decidedOn: '2025-11-26',
        title: `Handlingsplan ${longName}`,
        effects: [{ kind: 'plan_adopted', plan: 'planen' }],
        source,
      },
    ],
    'assignments.json': numbers(20).map((number) => ({
      slug: `uppdrag-${number}`,
      task: longText,
      assigneeText: longName,
      due: number % 2 === 0 ? '2025-12-31' : '2026-12-31',
      dueText: longText,
      progress: longText,
      item: '2026-01-15-ledningen#1',
      matter: 'arendet',
      source,
    })),
    'projects.json': [
      {
        slug: 'projektet',
        name: `Projekt ${longName}`,
        summary: longText,
        body: 'ledningen',
        matter: 'arendet',
        funding: longText,
        fundingEnds: '2026-01-31',
        afterwards: longText,
        url: longUrl,
        activities: ['HP1-A01'],
        source,
      },
    ],
    'timelines.json': [
      {
        body: 'ledningen',
        entries: numbers(12).map((number) => ({
          from: `2025-${String(number + 1).padStart(2, '0')}`,
          entry: longText,
          source,
          certainty: 'uncertain',
          note: longText,
        })),
      },
      { matter: 'arendet', entries: [{ from: '2025', entry: longText, source }] },
    ],
  }
}

/** Loads the county into an empty database. */
export async function loadLongCounty(db: Kysely<Database>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'portal-long-county-'))
  try {
    for (const [name, content] of Object.entries(facts())) {
      mkdirSync(dirname(join(folder, name)), { recursive: true })
      writeFileSync(join(folder, name), JSON.stringify(content))
    }
    await loadFacts(db, folder, day('2026-02-03'))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

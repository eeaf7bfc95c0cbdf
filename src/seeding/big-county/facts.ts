/** What the county starts from, as facts: organisations, people, groups, matters and who sat where. Pure. */
import type { BodyKind, MembershipRole } from '../../db/schema.ts'
import type { Day } from '../../kernel/dates.ts'
import { addDays } from '../../kernel/dates.ts'
import { type Random, randomOf } from '../../kernel/random.ts'
import { capitalised, slugify } from '../../kernel/text.ts'
import * as format from '../format.ts'
import type { County } from '../format-read.ts'
import type { Sizes } from './sizes.ts'
import { jobTitles, municipalityNames, paragraph, personName, subjects } from './words.ts'

export const countyName = 'stora-lanet'
const source = 'START: hela underlaget'

/** A group as it is planned: when it begins and ends is known from the start, so that every year knows its groups. */
export type PlannedBody = {
  slug: string
  name: string
  shortName: string
  kind: BodyKind
  subject: string
  /** The first letters of its plans' codes. */
  planPrefix: string
  /** The year in which it is established by a decision; null: before the first. */
  established: number | null
  /** The year at whose end it is closed by a decision; null: never. */
  closed: number | null
}

/** Somebody who sits in a group, as the years that follow know it. */
export type Seated = { person: string; role: MembershipRole; since: Day; onBehalf: string | null }

export type Beginning = { county: County; bodies: PlannedBody[]; seated: Map<string, Seated[]> }

const kindsInTurn: readonly (readonly [BodyKind, string])[] = [
  ['coordinating_group', 'Samordnande grupp'],
  ['collaboration_area_group', 'Samverkansområdesgrupp'],
  ['working_group', 'Arbetsgrupp'],
  ['local_group', 'Lokal grupp'],
  ['network', 'Nätverk'],
  ['working_group', 'Beredningsgrupp'],
]

/** 'A', 'B', … 'Z', 'AA', … */
function letters(number: number): string {
  const last = String.fromCharCode(65 + (number % 26))
  return number < 26 ? last : letters(Math.floor(number / 26) - 1) + last
}

/** The groups of the county; the first is the leadership, which is never closed. */
export function plannedBodies({ bodies, years }: Sizes, lastYear: number): PlannedBody[] {
  const first = lastYear - years + 1
  return Array.from({ length: bodies }, (_, number): PlannedBody => {
    const subject = subjects[number % subjects.length] as string
    const [kind, word] = kindsInTurn[(number + Math.floor(number / subjects.length)) % kindsInTurn.length] as [
      BodyKind,
      string,
    ]
    const name = number === 0 ? 'Länets gemensamma ledning' : `${word} för ${subject}`
    // Every third group comes by a decision on the way, and some of the others go.
    const established = number % 3 === 2 ? first + Math.floor((number * (years - 1)) / bodies) : null
    const closed = number % 6 === 4 ? first + Math.floor((number * (years - 1)) / bodies) : null
    return {
      slug: slugify(name),
      name,
      shortName: number === 0 ? 'Ledningen' : number < subjects.length ? capitalised(subject) : `${word} ${subject}`,
      kind: number === 0 ? 'leadership' : kind,
      subject,
      planPrefix: `H${letters(number)}`,
      established,
      closed,
    }
  })
}

/** Who sits there when the group begins. */
export function firstSeats(
  body: PlannedBody,
  random: Random,
  persons: readonly string[],
  parties: readonly string[],
  since: Day,
): Seated[] {
  const chosen = new Set<string>()
  while (chosen.size < 7) chosen.add(random.one(persons))
  return [...chosen].map((person, place) => ({
    person,
    role: place === 0 ? 'chair' : body.kind === 'leadership' ? 'member' : 'representative',
    since,
    onBehalf: parties[(place + body.slug.length) % parties.length] as string,
  }))
}

/** The registers as they are the day before the first year. */
export function beginning(sizes: Sizes, seed: number, firstDay: Day, lastYear: number): Beginning {
  const random = randomOf(seed, 1)
  const bodies = plannedBodies(sizes, lastYear)
  const municipalities = municipalityNames.map((name) => ({
    slug: slugify(name),
    name: `${name}s kommun`,
    shortName: name,
  }))
  const parties = ['regionen', ...municipalities.map(({ slug }) => slug)]
  const persons = Array.from({ length: sizes.persons }, (_, number) => personName(number))
  const personSlugs = persons.map(slugify)
  const before = addDays(firstDay, -365)
  const seated = new Map(
    bodies
      .filter(({ established }) => established === null)
      .map((body) => [body.slug, firstSeats(body, random, personSlugs, parties, before)]),
  )
  const county: County = {
    head: { name: countyName, county: 'Exempellandet' },
    sources: format.sourcesFile.parse([
      { code: 'START', title: 'Underlag för ett påhittat län', kind: 'assumption', quality: 'Allt är påhittat.' },
    ]),
    themes: format.themesFile.parse(['Barn', 'Vuxna', 'Äldre'].map((name) => ({ slug: slugify(name), name }))),
    organisations: format.organisationsFile.parse([
      { slug: 'regionen', name: 'Region Exempellandet', shortName: 'Regionen', kind: 'region', isParty: true, source },
      ...[
        ['Exempellandets hälsovårdsförvaltning', 'EHF'],
        ['Exempellandets psykiatriförvaltning', 'EPF'],
      ].map(([name = '', shortName = '']) => ({
        slug: slugify(shortName),
        name,
        shortName,
        kind: 'administration',
        parent: 'regionen',
        source,
      })),
      ...municipalities.map((municipality) => ({ ...municipality, kind: 'municipality', isParty: true, source })),
    ]),
    persons: format.personsFile.parse(persons.map((name) => ({ slug: slugify(name), name, source }))),
    bodies: format.bodiesFile.parse(
      bodies
        .filter(({ established }) => established === null)
        .map(({ slug, name, shortName, kind, subject }, number) => ({
          slug,
          name,
          shortName,
          kind,
          ...(number === 0 ? {} : { parent: bodies[0]?.slug, theme: ['barn', 'vuxna', 'aldre'][number % 3] }),
          purpose: paragraph(random, subject),
          seats: [{ title: 'Representant för huvudmännen', level: 'civil_servant', seats: 9 }],
          source,
        })),
    ),
    memberships: format.membershipsFile.parse(
      [...seated].flatMap(([body, seats]) =>
        seats.map(({ person, role, since, onBehalf }) => ({
          body,
          person,
          role,
          onBehalf: { organisation: onBehalf },
          title: random.one(jobTitles),
          employer: onBehalf,
          ground: 'decision_not_registered',
          from: since,
          source,
        })),
      ),
    ),
    matters: format.mattersFile.parse(
      Array.from({ length: sizes.matters }, (_, number) => {
        const subject = subjects[number % subjects.length] as string
        const round = Math.floor(number / subjects.length)
        return {
          slug: `${slugify(subject)}-${round + 1}`,
          title: `Utveckling av ${subject}, etapp ${round + 1}`,
          summary: paragraph(random, subject),
          registryNumber: `EX-${number + 1}`,
          body: random.one([...seated.keys()]),
          ...(number % 4 === 3 ? { state: 'Avslutat', closedOn: addDays(firstDay, 200 + number) } : {}),
          source,
        }
      }),
    ),
    decisions: [],
    partyPositions: [],
    parameters: format.parametersFile.parse({
      values: [
        { parameter: 'indicator', administrations: ['ehf', 'epf'], value: 1.4, ground: 'assumption', source },
        { parameter: 'base_period', administrations: ['ehf'], choice: 'month', ground: 'assumption', source },
        { parameter: 'base_period', administrations: ['epf'], choice: 'quarter', ground: 'assumption', source },
        { parameter: 'first_payable_day', value: 4, ground: 'assumption', source },
        { parameter: 'comparison', choice: 'over', ground: 'assumption', source },
        { parameter: 'payment_mode', choice: 'every_episode', ground: 'assumption', source },
        { parameter: 'daily_amount', value: 7000, ground: 'assumption', source },
        { parameter: 'smallest_public_cell', value: 5, ground: 'assumption', source },
      ],
    }),
    assignments: [],
    timelines: [],
    meetings: [],
  }
  return { county, bodies, seated }
}

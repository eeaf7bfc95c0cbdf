import { provenances } from '../audit/provenance.ts'
import type { Reader } from '../db/database.ts'
import { isValidOn, parseRange } from '../db/ranges.ts'
import {
  type Cell,
  type Downloads,
  downloadsOf,
  type Fact,
  type ListItem,
  type Source,
  type Tag,
  type Value,
} from '../http/parts.ts'
import type { PageHead } from '../http/view.ts'
import { type Day, dateText, dayText, momentText, type Precision } from '../kernel/dates.ts'
import { activityCode } from '../kernel/plan-codes.ts'
import { capitalised, counted, unbroken } from '../kernel/text.ts'
import {
  activityPath,
  apiPath,
  bodyPath,
  changeProposalPath,
  decisionPath,
  dischargeRulesPath,
  documentPath,
  documentsPath,
  filePath,
  itemPath,
  matterPath,
  partiesPath,
  partyPath,
} from '../kernel/urls.ts'
import { revisionText, vague } from './dates.ts'
import { fileKinds, sizeText } from './file-rules.ts'
import { attachmentsOfVersions } from './files.ts'
import {
  activitiesAbout,
  changedAt,
  changeProposalsAbout,
  countParties,
  documentBySlug,
  documentParties,
  groundsParameters,
  itemsAbout,
  linksOf,
  mattersAbout,
  partyPositions,
  standpointsOn,
  versionsOf,
} from './queries.ts'
import { forceOn, forceText, positionSummary, positionsOn } from './rules.ts'
import { documentKindNames, documentStates, forceStandings, noPosition, positionStates } from './texts.ts'

declare module '../http/view.ts' {
  interface Views {
    'documents/show': DocumentPage
  }
}

type Rows = readonly (readonly Cell[])[]

export type DocumentPage = {
  head: PageHead
  kicker: string
  title: string
  lead: string
  tags: readonly Tag[]
  path: string
  day: Day
  facts: readonly Fact[]
  /** Why the registered state is not shown on another day than today. */
  stateNote: string | null
  board: { downloads: Downloads; summary: string; asOf: string; rows: Rows; sources: readonly Source[] } | null
  standpoints: readonly ListItem[]
  versions: Rows
  ties: readonly Fact[]
  sources: readonly Source[]
}

/** One document, and how the parties stood on it on the day. @throws PortalError not-found */
export async function documentPage(db: Reader, slug: string, day: Day, asOf: Day | null): Promise<DocumentPage> {
  const document = await documentBySlug(db, slug)
  const { id } = document
  const [
    parties,
    positions,
    versions,
    standpoints,
    items,
    matters,
    activities,
    grounds,
    links,
    partyCount,
    changed,
    proposals,
  ] = await Promise.all([
    documentParties(db, [id]),
    partyPositions(db, [id]),
    versionsOf(db, id),
    standpointsOn(db, id, day),
    itemsAbout(db, id),
    mattersAbout(db, id),
    activitiesAbout(db, id),
    groundsParameters(db, id),
    linksOf(db, id),
    countParties(db),
    changedAt(db, id),
    changeProposalsAbout(db, id),
  ])
  const files = await attachmentsOfVersions(
    db,
    versions.map((version) => version.id),
  )
  const sources = await provenances(db, [
    document.provenance_id,
    ...parties.map(({ provenance_id }) => provenance_id),
    ...positions.map(({ provenance_id }) => provenance_id),
  ])
  const inForce = document.in_force === null ? null : parseRange(document.in_force)
  const force = forceOn(inForce, day)
  const dated = vague(document.dated_on, document.dated_precision)
  const later = document.dated_on !== null && asOf !== null && document.dated_on > asOf
  const state = documentStates[document.state]
  const forceWords = inForce === null ? null : forceText(inForce, document.in_force_precision ?? 'day')

  const rows = boardRows(parties, positions, day)
  const states = rows.map(({ position }) => position?.state ?? null)
  // The county is no party to a national document, so nothing is missing there.
  const partiesText =
    parties.length === 0
      ? 'framgår inte av underlaget'
      : parties.length === partyCount
        ? `Alla ${counted(partyCount, 'part', 'parter')} i länet`
        : counted(parties.length, 'part', 'parter')
  const lead = later
    ? `Dokumentet är daterat ${dated}, alltså senare än den dag som visas.`
    : force === 'unknown'
      ? capitalised(document.state_text ?? state.text).concat('.')
      : force === 'in_force'
        ? `Gäller ${forceWords}.`
        : force === 'coming'
          ? `Gäller inte än: gäller ${forceWords}.`
          : `Gäller inte längre: gällde ${forceWords}.`
  return {
    head: {
      title: document.title,
      section: 'documents',
      crumbs: [{ text: 'Dokument', path: documentsPath }, { text: document.title }],
      description: `${documentKindNames[document.kind]}: ${document.title}. ${lead}`,
      asOf,
      ...(changed ? { changed: momentText(changed) } : {}),
      about: {
        kind: 'document',
        name: document.title,
        what: documentKindNames[document.kind],
        text: document.summary,
        on: document.dated_precision === 'day' ? (document.dated_on as Day | null) : null,
      },
    },
    kicker: [documentKindNames[document.kind], document.national ? 'nationellt' : null].filter(Boolean).join(' · '),
    title: document.title,
    lead,
    tags: [
      ...(force === 'unknown' ? [] : [forceStandings[force]]),
      ...(asOf === null && (force === 'unknown' || !['in_force', 'adopted'].includes(document.state)) ? [state] : []),
    ],
    path: documentPath(document.slug),
    day,
    facts: [
      ...optional('I korthet', document.summary),
      ...(asOf === null && force !== 'unknown' ? optional('Läge', document.state_text) : []),
      ...optional('Gäller', forceWords),
      ...optional('Daterat', dated),
      ...optional(
        'Revidering',
        [capitalised(revisionText(document)), document.revision_text].filter(Boolean).join('. '),
      ),
      ...ownerFact(document),
      {
        term: 'Parter',
        values: [partyValue(partiesText, parties.length > 0, sources.get(parties[0]?.provenance_id ?? 0))],
      },
      ...(parties.length > 0 && parties.length < partyCount
        ? [{ term: 'Vilka', values: parties.map((party) => ({ text: party.name, path: partyPath(party.short_name) })) }]
        : []),
      ...groundFact(document, states.includes('decided')),
    ],
    stateNote:
      asOf === null
        ? null
        : 'Portalen vet bara dokumentets läge i dag, till exempel om det ska revideras. På en annan dag visas giltighet, versioner och beslutsläge.',
    board:
      positions.length === 0
        ? null
        : {
            downloads: downloadsOf('Hämta parternas lägen', apiPath('party-positions'), { document: slug }),
            summary: positionSummary(states),
            asOf: boardDate(rows, day),
            rows: rows.map(({ name, path, position }) => [
              { text: name, path },
              { text: '', tag: position ? positionStates[position.state] : noPosition },
              { text: position?.decided_by ?? '–', note: position?.paragraph ?? null },
              {
                text: vague(position?.decided_on ?? null, position?.decided_precision ?? null) ?? '–',
                ...(position?.url ? { url: position.url } : {}),
              },
              { text: position ? unbroken(dateText(position.as_of as Day, position.as_of_precision)) : '–' },
            ]),
            sources: [...new Set(rows.flatMap(({ position }) => position?.provenance_id ?? []))].flatMap(
              (ground) => sources.get(ground) ?? [],
            ),
          },
    standpoints: standpoints.map((standpoint) => ({
      kicker: [dateText(standpoint.decided_on as Day, standpoint.decided_precision), standpoint.body_name].join(' · '),
      title: standpoint.title,
      path: decisionPath(standpoint.slug),
      text: standpoint.effect_text,
      facts:
        standpoint.item_number === null || standpoint.held_on === null
          ? []
          : [`återgivet ${dayText(standpoint.held_on as Day)}, punkt ${standpoint.item_number}`],
    })),
    versions: versions.map(({ label, valid, decision_slug, decided_on }) => {
      const range = parseRange(valid)
      const current = isValidOn(range, day)
      return [
        { text: label, tag: current ? { text: asOf === null ? 'gäller' : 'gällde', tone: 'good' } : null },
        { text: forceText(range, 'day') },
        decision_slug === null
          ? { text: 'beslut inte registrerat' }
          : { text: `Beslut ${dayText(decided_on as Day)}`, path: decisionPath(decision_slug) },
      ]
    }),
    ties: [
      {
        term: 'Ärenden',
        values: matters.map((matter): Value => ({ text: matter.title, path: matterPath(matter.slug) })),
      },
      {
        term: 'Uppe vid möten',
        values: items.map((item) => ({
          text: `${dayText(item.held_on as Day)}, punkt ${item.number}: ${item.title}`,
          path: itemPath(item.meeting_slug, item.number),
        })),
      },
      {
        term: 'I handlingsplaner',
        values: activities.map((activity) => {
          const code = activityCode(activity.plan_code, activity.number)
          return {
            text: `${code} ${activity.activity_text}`,
            path: activityPath(activity.plan_slug, code),
            note: activity.how,
          }
        }),
      },
      {
        term: 'Ordnat införande',
        values: proposals.map((proposal) => ({
          text: proposal.title,
          path: changeProposalPath(proposal.slug),
          note: proposal.closed_on === null ? proposal.step_title : 'avslutat',
        })),
      },
      {
        term: 'Regler',
        values: grounds
          ? [{ text: 'Regler och gränsvärden för utskrivningsklara dagar', path: dischargeRulesPath }]
          : [],
      },
      {
        term: 'Filer och länkar',
        values: [
          ...files.map(
            (file): Value => ({
              text: file.title,
              path: filePath(file.id, file.file_name),
              note: `${fileKinds[file.media_type].name}, ${sizeText(file.size)}`,
            }),
          ),
          ...links.map(({ label, url }) => ({ text: label, url })),
        ],
      },
    ].filter(({ values }) => values.length > 0),
    sources: sources.get(document.provenance_id) ?? [],
  }
}

function optional(term: string, text: string | null): Fact[] {
  return text ? [{ term, values: [{ text }] }] : []
}

/** By which decision the document stands. A national document has none in the county. */
function groundFact(document: Awaited<ReturnType<typeof documentBySlug>>, decidedByParties: boolean): Fact[] {
  if (document.decision_slug !== null) {
    const text = `Beslut ${dayText(document.decided_on as Day)}`
    const value = { text, path: decisionPath(document.decision_slug), note: `av ${document.decider_name}` }
    return [{ term: 'Grund', values: [value] }]
  }
  if (document.national) return []
  if (decidedByParties) {
    return [
      {
        term: 'Grund',
        values: [{ text: 'Parternas egna beslut', path: `${documentPath(document.slug)}#beslutslage` }],
      },
    ]
  }
  return optional('Grund', 'beslut inte registrerat')
}

function ownerFact(document: {
  owner_slug: string | null
  owner_name: string | null
  owner_text: string | null
}): Fact[] {
  if (document.owner_slug !== null) {
    return [
      {
        term: 'Ägare',
        values: [{ text: document.owner_text ?? document.owner_name ?? '', path: bodyPath(document.owner_slug) }],
      },
    ]
  }
  return optional('Ägare', document.owner_text)
}

/** Says when the parties themselves are derived and not stated. */
function partyValue(text: string, known: boolean, sources: readonly Source[] | undefined): Value {
  const source = sources?.[0]
  const unsure = source && source.certainty !== 'stated' ? (source.note ?? null) : null
  return { text, path: known ? partiesPath : null, note: unsure }
}

/** Each party with its position on the day: the document's parties, and others whose position is registered. */
function boardRows(
  parties: Awaited<ReturnType<typeof documentParties>>,
  positions: Awaited<ReturnType<typeof partyPositions>>,
  day: Day,
) {
  const known = positionsOn(positions, day)
  const all = new Map(
    [...parties, ...positions].map(({ organisation_id, short_name, name }) => [organisation_id, { short_name, name }]),
  )
  return [...all].map(([organisation_id, { short_name, name }]) => ({
    name,
    path: partyPath(short_name),
    position: known.get(organisation_id) ?? null,
  }))
}

/** 'Läget 12 december 2025', when that is the newest that is known. */
function boardDate(rows: ReturnType<typeof boardRows>, day: Day): string {
  const newest = rows.reduce<{ as_of: string; as_of_precision: Precision } | null>(
    (best, { position }) => (position && (best === null || position.as_of > best.as_of) ? position : best),
    null,
  )
  if (newest === null) return `Inget läge var känt ${dayText(day)}.`
  return `Läget per ${dateText(newest.as_of as Day, newest.as_of_precision)}.`
}

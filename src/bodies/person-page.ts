import { provenances } from '../audit/provenance.ts'
import type { Reader } from '../db/database.ts'
import { type Cell, type ListItem, type Pages, pagesOf, type Rows, type Source } from '../http/parts.ts'
import type { PageHead } from '../http/view.ts'
import { type Day, dayText } from '../kernel/dates.ts'
import { capitalised } from '../kernel/text.ts'
import { bodiesPath, bodyPath, itemPath, meetingPath, personPath } from '../kernel/urls.ts'
import { behalfCell, endGround, inOrder, sinceText, sourcesOf, startGround } from './memberships.ts'
import { assignmentRow, decisionItems } from './pages.ts'
import * as queries from './queries.ts'
import { onDay } from './rules.ts'
import { attendanceNames, roleNames } from './texts.ts'

declare module '../http/view.ts' {
  interface Views {
    'persons/show': PersonPage
  }
}

export type PersonPage = {
  head: PageHead
  name: string
  lead: string | null
  roles: Rows
  coming: Rows
  former: Rows
  assignments: Rows
  decisions: readonly ListItem[]
  presentations: readonly ListItem[]
  attendance: Rows
  pages: Pages | null
  sources: readonly Source[]
}

/** Rows of what there is more of every year on one page. */
const perPage = 15
const mostAssignments = 100

const columns = (...texts: string[]) => texts.map((text) => ({ text }))

/**
 * What somebody is and has been in the county's groups. No contact details: they are not in the register.
 * @param page of what they have presented and the meetings they were at, which there are more of every year
 * @throws PortalError not-found, also for people who shall have no page
 */
export async function personPage(db: Reader, slug: string, day: Day, page: number): Promise<PersonPage> {
  const person = await queries.personBySlug(db, slug)
  // The newest are asked for on every page: they tell who somebody is.
  const first = (page - 1) * perPage
  const [memberships, effects, assignments, presentations, attendance] = await Promise.all([
    queries.membershipsOf(db, { person: person.id }),
    queries.effectsNaming(db, person.id),
    queries.assignmentsTo(db, { person: person.id, limit: mostAssignments }),
    queries.presentationsBy(db, person.id, page * perPage),
    queries.attendanceOf(db, person.id, page * perPage),
  ])
  const sources = await provenances(
    db,
    [person, ...memberships, ...attendance.slice(first)].map(({ provenance_id }) => provenance_id),
  )
  const { current, former, coming } = onDay(inOrder(memberships), day)
  const begun = (membership: queries.Membership): Cell[] => [
    { text: membership.body_name, path: bodyPath(membership.body_slug) },
    { text: capitalised(roleNames[membership.role]), note: statedText(membership) },
    behalfCell(membership),
    { text: sinceText(membership) },
    { ...startGround(membership), sources: sourcesOf([membership], sources) },
  ]
  return {
    head: {
      title: person.name,
      section: 'bodies',
      crumbs: [{ text: 'Grupper', path: bodiesPath }, { text: person.name }],
      description: `${person.name}: uppdrag i länets grupper, beslut och närvaro vid möten.`,
      about: {
        kind: 'person',
        name: person.name,
        roles: current.map(({ role, body_name, body_slug }) => ({
          text: capitalised(roleNames[role]),
          body: { name: body_name, path: bodyPath(body_slug) },
        })),
      },
    },
    name: person.name,
    lead: knownAs(memberships, attendance, presentations),
    roles: { columns: columns('Grupp', 'Roll', 'Företräder', 'Sedan', 'Grund'), rows: current.map(begun) },
    coming: { columns: columns('Grupp', 'Roll', 'Företräder', 'Tillträder', 'Grund'), rows: coming.map(begun) },
    former: {
      columns: columns('Grupp', 'Roll', 'Företrädde', 'Sedan', 'Lämnade uppdraget', 'Grund'),
      rows: former.map((membership) => [
        { text: membership.body_name, path: bodyPath(membership.body_slug) },
        { text: capitalised(roleNames[membership.role]), note: statedText(membership) },
        behalfCell(membership),
        { text: sinceText(membership) },
        { text: dayText(membership.valid.to as Day) },
        { ...endGround(membership), sources: sourcesOf([membership], sources) },
      ]),
    },
    assignments: {
      columns: columns('Uppdrag', 'När', 'Läge'),
      rows: assignments.map((assignment) => assignmentRow(assignment, day)),
    },
    decisions: decisionItems(effects),
    presentations: presentations.slice(first).map(({ number, item_title, slug: meeting, meeting_title, held_on }) => ({
      kicker: dayText(held_on as Day),
      title: `Punkt ${number} ${item_title}`,
      path: itemPath(meeting, number),
      text: meeting_title,
    })),
    attendance: {
      columns: columns('Möte', 'Som', 'Från'),
      rows: attendance.slice(first).map((row) => [
        { text: row.title, path: meetingPath(row.slug) },
        { text: attendanceNames[row.capacity], note: row.person_title },
        {
          text: row.organisation_name ?? row.on_behalf_text ?? 'Framgår inte',
          sources: sources.get(row.provenance_id) ?? [],
        },
      ]),
    },
    pages: pagesOf(
      personPath(slug),
      {},
      page,
      Math.max(attendance[0]?.total ?? 0, presentations[0]?.total ?? 0),
      perPage,
    ),
    sources: sources.get(person.provenance_id) ?? [],
  }
}

function statedText({ title, unit, employer_name, behalf_name }: queries.Membership): string | null {
  return [title, unit, employer_name === behalf_name ? null : employer_name].filter(Boolean).join(', ') || null
}

/** The newest that is stated of title and organisation, with the day when it was. */
function knownAs(
  memberships: readonly queries.Membership[],
  attendance: Awaited<ReturnType<typeof queries.attendanceOf>>,
  presentations: Awaited<ReturnType<typeof queries.presentationsBy>>,
): string | null {
  const stated = [
    ...presentations.map((row) => ({ on: row.held_on, words: [row.title, row.organisation_name] })),
    ...attendance.map((row) => ({ on: row.held_on, words: [row.person_title, row.organisation_name] })),
    ...memberships.map((row) => ({
      on: row.start_decided_on ?? row.known_meeting_held_on ?? '',
      words: [row.title, row.unit, row.employer_name],
    })),
  ].map(({ on, words }) => ({ on, words: words.filter((word) => word !== null) }))
  const [newest] = stated
    .filter(({ words }) => words.length > 0)
    .sort((a, b) => b.on.localeCompare(a.on) || b.words.length - a.words.length)
  if (newest === undefined) return null
  const words = capitalised(newest.words.join(', '))
  return newest.on === '' ? `${words}.` : `${words}, enligt vad som antecknades ${dayText(newest.on as Day)}.`
}

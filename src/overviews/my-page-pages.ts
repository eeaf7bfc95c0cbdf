import { listAssignments } from '../assignments/queries.ts'
import { assignmentStanding } from '../assignments/rules.ts'
import { assignmentDue } from '../assignments/shown.ts'
import { assignmentStandings } from '../assignments/texts.ts'
import { roleNames } from '../bodies/texts.ts'
import type { Reader } from '../db/database.ts'
import type { ListItem } from '../http/parts.ts'
import { allows, type Identity, member } from '../http/permissions.ts'
import type { PageHead } from '../http/view.ts'
import { type Day, dayText, momentText, timeText } from '../kernel/dates.ts'
import { listed } from '../kernel/text.ts'
import {
  accountsPath,
  bodyPath,
  decisionPath,
  logPath,
  matterPath,
  meetingPath,
  meetingReplyPath,
  myAccountPath,
  planPath,
  workChangeProposalsPath,
} from '../kernel/urls.ts'
import { minutesTitle } from '../meetings/texts.ts'
import { replyTags } from '../meetings/workbench-texts.ts'
import {
  comingMeetings,
  decisionsSince,
  grantsOn,
  minutesSince,
  minutesToApprove,
  previousVisit,
  seatsOn,
} from './my-page-queries.ts'

export type MyPage = {
  head: PageHead
  lead: string
  links: readonly { text: string; path: string }[]
  approvals: readonly ListItem[]
  meetings: readonly ListItem[]
  assignments: readonly ListItem[]
  groups: readonly ListItem[]
  /** Null at the first visit: then everything would be new. */
  since: { text: string; items: readonly ListItem[] } | null
}

declare module '../http/view.ts' {
  interface Views {
    'overviews/my-page': MyPage
  }
}

const mostOfEach = 20

const grantNames = { member: 'ledamot', coordinator: 'samordnare', administrator: 'administratör' } as const

/** @throws Error when nobody is signed in, which the route does not let happen */
export async function myPage(db: Reader, identity: Identity, today: Day): Promise<MyPage> {
  const { actor, personId, administrator, coordinates, name = actor.name } = identity
  if (actor.accountId === undefined || personId === undefined) throw new Error('my page without an account')
  const seats = await seatsOn(db, personId, today)
  const grants = await grantsOn(db, actor.accountId, today)
  const groups = groupsOf(seats, grants)
  const own = [...groups.values()].map(({ id }) => id)
  // Whoever keeps all bodies, or none, sees what happens in all.
  const bodies = coordinates === 'all' || (administrator && own.length === 0) ? null : own
  const since = await previousVisit(db, actor.accountId)
  return {
    head: { title: 'Min sida', crumbs: [{ text: 'Min sida' }], hidden: true },
    lead: `${name}, ${actor.name}.`,
    links: [
      { text: 'Mitt konto', path: myAccountPath },
      ...(allows(member, identity, null)
        ? [{ text: 'Ordnat införande: föreslå en förändring', path: workChangeProposalsPath }]
        : []),
      ...(administrator
        ? [
            { text: 'Konton', path: accountsPath },
            { text: 'Historik', path: logPath },
          ]
        : []),
    ],
    approvals: (await minutesToApprove(db, personId)).map(({ slug, title, held_on }) => ({
      title,
      path: meetingPath(slug),
      facts: [dayText(held_on as Day)],
    })),
    meetings: (await comingMeetings(db, personId, bodies, today, mostOfEach)).map((meeting) => ({
      title: meeting.title,
      // Whoever is called comes to the answer, the others to the agenda.
      path: meeting.invitation_id === null ? meetingPath(meeting.slug) : meetingReplyPath(meeting.slug),
      tags:
        meeting.invitation_id === null
          ? []
          : [meeting.reply === null ? { tone: 'warning' as const, text: 'inte besvarad' } : replyTags[meeting.reply]],
      kicker: meeting.body_name,
      facts: [
        dayText(meeting.held_on as Day),
        ...(meeting.starts_at === null ? [] : [`kl. ${timeText(meeting.starts_at)}`]),
        ...(meeting.place === null ? [] : [meeting.place]),
      ],
    })),
    assignments: await assignmentsOf(db, { bodies, personSlug: await slugOf(db, personId), today }),
    groups: [...groups].map(([slug, { name: title, roles }]) => ({
      title,
      path: bodyPath(slug),
      facts: [listed([...roles])],
    })),
    since: since && { text: momentText(since), items: await newsSince(db, bodies, since) },
  }
}

type Group = { id: number; name: string; roles: Set<string> }

/** The bodies where one sits or has a role, each once, with all one is there. */
function groupsOf(
  seats: Awaited<ReturnType<typeof seatsOn>>,
  grants: Awaited<ReturnType<typeof grantsOn>>,
): Map<string, Group> {
  const groups = new Map<string, Group>()
  const add = (id: number, slug: string, name: string, role: string) => {
    const group = groups.get(slug) ?? { id, name, roles: new Set<string>() }
    group.roles.add(role)
    groups.set(slug, group)
  }
  for (const { id, slug, name, role } of seats) add(id, slug, name, roleNames[role])
  for (const { id, slug, name, role } of grants) {
    if (id !== null && slug !== null && name !== null) add(id, slug, name, grantNames[role])
  }
  return groups
}

async function slugOf(db: Reader, personId: number): Promise<string> {
  const { slug } = await db.selectFrom('person').select('slug').where('id', '=', personId).executeTakeFirstOrThrow()
  return slug
}

/** Open assignments of one's own, and of the groups one is in. */
async function assignmentsOf(
  db: Reader,
  { bodies, personSlug, today }: { bodies: readonly number[] | null; personSlug: string; today: Day },
): Promise<ListItem[]> {
  const mine = (await listAssignments(db, { state: 'open' })).filter(
    ({ person_slug, body_id }) =>
      person_slug === personSlug || (body_id !== null && (bodies?.includes(body_id) ?? true)),
  )
  return mine.map((assignment) => {
    const standing =
      assignmentStandings[assignmentStanding({ ...assignment, due_on: assignment.due_on as Day | null }, today)]
    return {
      title: assignment.task,
      path: pathOf(assignment),
      kicker: assignment.person_slug === personSlug ? 'Ditt uppdrag' : assignment.body_name,
      facts: [assignmentDue(assignment)],
      tags: [standing],
    }
  })
}

function pathOf(assignment: Awaited<ReturnType<typeof listAssignments>>[number]): string {
  const { matter_slug, plan_slug, decision_slug, body_slug } = assignment
  if (decision_slug !== null) return decisionPath(decision_slug)
  if (matter_slug !== null) return matterPath(matter_slug)
  if (plan_slug !== null) return planPath(plan_slug)
  return bodyPath(body_slug ?? '')
}

async function newsSince(db: Reader, bodies: readonly number[] | null, since: Date): Promise<ListItem[]> {
  const minutes = await minutesSince(db, bodies, since, mostOfEach)
  const decisions = await decisionsSince(db, bodies, since, mostOfEach)
  return [
    ...minutes.map(({ slug, title, published_at, body_name }) => ({
      at: published_at ?? since,
      item: { title: minutesTitle(title), path: meetingPath(slug), kicker: body_name },
    })),
    ...decisions.map(({ slug, title, carried_out_at, body_name }) => ({
      at: carried_out_at ?? since,
      item: { title: `Beslut: ${title}`, path: decisionPath(slug), kicker: body_name },
    })),
  ]
    .sort((a, b) => b.at.getTime() - a.at.getTime())
    .map(({ at, item }) => ({ ...item, facts: [momentText(at)] }))
}

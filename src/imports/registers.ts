import { personNamed } from '../bodies/named-persons.ts'
import type { Reader } from '../db/database.ts'
import { organisationsByName } from '../meetings/minutes-queries.ts'
import type { SourceText } from './lines.ts'
import { foldGroup } from './phrases.ts'
import { type Known, type Proposal, readProtocol } from './protocol.ts'

/** What a proposed name means in the registers; null: nothing, or several. */
export type Matches = {
  body: { id: number; slug: string; name: string } | null
  /** The meeting that the portal already has of the body on the day. */
  meeting: { slug: string; state: string } | null
  persons: Record<string, { id: number; name: string } | null>
}

/**
 * Reads a protocol against the registers as they are. What they do not know stays as it is written, with a warning; of
 * namesakes nobody is chosen but who sits in the body. Writes nothing.
 */
export async function proposeMeeting(
  db: Reader,
  source: SourceText,
): Promise<{ proposal: Proposal; matches: Matches }> {
  const [organisations, bodies] = await Promise.all([
    organisationsByName(db),
    db.selectFrom('body').select(['id', 'slug', 'name', 'short_name']).execute(),
  ])
  const known: Known = { organisations: new Set(organisations.keys()), groups: bodies.map(({ name }) => name) }
  const proposal = readProtocol(source, known)
  const byName = new Map(
    bodies
      .flatMap((body) => [[body.name, body] as const, [body.short_name ?? body.name, body] as const])
      .map(([name, body]) => [foldGroup(name).toLowerCase(), body]),
  )
  const found = proposal.body === null ? undefined : byName.get(foldGroup(proposal.body).toLowerCase())
  const body = found ? { id: found.id, slug: found.slug, name: found.name } : null
  if (proposal.body !== null && body === null)
    proposal.warnings.push({ code: 'unknown_body', level: 'warn', values: [proposal.body] })
  const meeting =
    body === null || proposal.date === null
      ? null
      : ((await db
          .selectFrom('meeting')
          .select(['slug', 'state'])
          .where('body_id', '=', body.id)
          .where('held_on', '=', proposal.date as never)
          .where('state', '!=', 'cancelled')
          .executeTakeFirst()) ?? null)
  if (meeting) proposal.warnings.push({ code: 'meeting_exists', level: 'warn', values: [meeting.slug] })
  const decisions = proposal.items.flatMap((item) => [item, ...item.subItems].flatMap((part) => part.decisions))
  const groups = decisions.flatMap((one) =>
    one.kind === 'member_replaced' ? [one.group, ...(one.represents === null ? [] : [one.represents])] : [],
  )
  const unknownGroups = [...new Set(groups)].filter(
    (name) => !byName.has(foldGroup(name).toLowerCase()) && !organisations.has(name.toLowerCase()),
  )
  if (unknownGroups.length > 0) proposal.warnings.push({ code: 'unknown_group', level: 'warn', values: unknownGroups })
  const { members, others } = proposal.attendance
  const names = new Set([
    ...[...members, ...others, ...proposal.items.flatMap(({ presenters }) => presenters)].map(({ name }) => name),
    ...decisions.flatMap((one) => (one.kind === 'member_replaced' ? [one.in.name, one.out.name] : [])),
  ])
  const persons: Matches['persons'] = {}
  const unknown: string[] = []
  const several: string[] = []
  for (const name of names) {
    const person = await personNamed(db, name, body?.id ?? null)
    persons[name] = person.found === 'one' ? { id: person.id, name: person.name } : null
    if (person.found === 'none') unknown.push(name)
    if (person.found === 'several') several.push(name)
  }
  if (unknown.length > 0) proposal.warnings.push({ code: 'unknown_person', level: 'warn', values: unknown })
  if (several.length > 0) proposal.warnings.push({ code: 'ambiguous_person', level: 'warn', values: several })
  return { proposal, matches: { body, meeting, persons } }
}

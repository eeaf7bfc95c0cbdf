import { personNamed } from '../bodies/named-persons.ts'
import type { Reader } from '../db/database.ts'
import { holds } from '../db/ranges.ts'
import { addDays, type Day } from '../kernel/dates.ts'
import { organisationsByName } from '../meetings/minutes-queries.ts'
import type { SourceText } from './lines.ts'
import { foldGroup } from './phrases.ts'
import { differByOne, type Known, type Proposal, readProtocol } from './protocol.ts'

/** What a proposed name means in the registers; null: nothing, or several. */
export type Matches = {
  body: { id: number; slug: string; name: string } | null
  /** The meeting that the portal already has of the body on the day. */
  meeting: { slug: string; state: string } | null
  persons: Record<string, { id: number; name: string } | null>
  /** Names in the registers that are nearly an unknown one: it may be misspelt. */
  similar: Record<string, readonly string[]>
}

export type NamedBody = { id: number; slug: string; name: string; short_name: string | null }
export type NamedOrganisation = { id: number; slug: string; name: string }

/** How a text may name what is in the registers, in lower case. */
export type Names = {
  bodies: ReadonlyMap<string, NamedBody>
  organisations: ReadonlyMap<string, NamedOrganisation>
}

const groupKind = /^(samordnande grupp|samverkansområdesgrupp|länsgemensam arbetsgrupp|arbetsgrupp)\s/iu

/** Names of bodies and organisations, their short names with and without the kind of group, and initials that mean one thing. */
export async function registerNames(db: Reader): Promise<Names> {
  const [byName, organisations, bodies] = await Promise.all([
    organisationsByName(db),
    db.selectFrom('organisation').select(['id', 'slug', 'name']).execute(),
    db.selectFrom('body').select(['id', 'slug', 'name', 'short_name']).execute(),
  ])
  const byId = new Map(organisations.map((one) => [one.id, one]))
  const named = new Map<string, NamedOrganisation>()
  for (const [initials, all] of Map.groupBy(organisations, ({ name }) => initialsIn(name))) {
    const [only] = all
    if (only && all.length === 1 && initials.length >= 3) named.set(initials.toLowerCase(), only)
  }
  for (const [name, id] of byName) {
    const one = byId.get(id)
    if (one) named.set(name, one)
  }
  return {
    organisations: named,
    bodies: new Map(
      bodies.flatMap((body) => {
        const short = body.short_name ?? body.name
        const kind = groupKind.exec(body.name)?.[1]
        return [short, ...(kind === undefined ? [] : [`${kind} ${short}`]), body.name].map(
          (name) => [groupKey(name), body] as const,
        )
      }),
    ),
  }
}

/** 'Region Kalmar län' is written RKL. */
const initialsIn = (name: string) =>
  name.split(/\s+/).length < 3
    ? ''
    : name
        .split(/\s+/)
        .map((word) => word[0] ?? '')
        .join('')
        .toUpperCase()

export const groupKey = (name: string) => foldGroup(name).toLowerCase()

/** What stands after a person's name, in its parts. */
export type Detail = { title: string | null; unit: string | null; organisations: readonly NamedOrganisation[] }

/** Title, unit and employers of "basenhetschef Habiliteringen Norr, HSF, RKL"; the employers as the registers know them. */
export function readDetail(detail: string | null, names: Names): Detail {
  const parts = (detail ?? '').split(/,\s*|\s+(?=HSF\b|PF\b)/u).filter((part) => part !== '')
  const organisations: NamedOrganisation[] = []
  for (let last = parts.at(-1); last !== undefined; last = parts.at(-1)) {
    const whole = names.organisations.get(last.toLowerCase())
    if (whole) {
      organisations.unshift(whole)
      parts.pop()
      continue
    }
    // "habiliteringen norr RKL": the employer may follow without a comma.
    const words = last.split(' ')
    const at = words.findIndex(
      (_word, place) => place > 0 && names.organisations.has(words.slice(place).join(' ').toLowerCase()),
    )
    const found = at === -1 ? undefined : names.organisations.get(words.slice(at).join(' ').toLowerCase())
    if (!found) break
    organisations.unshift(found)
    parts[parts.length - 1] = words.slice(0, at).join(' ')
  }
  const [first = '', ...rest] = parts
  const cut =
    /^(?<title>\p{Ll}[\p{Ll}-]*(?: på| vid| i)?)\s+(?<unit>(?:\p{Lu}|habiliteringen|barn- och ungdoms|medicinkliniken|hemvården|psykiatri).*)$/u.exec(
      first,
    )?.groups
  const title = cut
    ? cut.title
    : /^\p{Lu}|^(?:habiliteringen|barn- och ungdoms|medicinkliniken|hemvården|psykiatrin)/u.test(first)
      ? null
      : first
  const unit = [cut ? cut.unit : title === null ? first : null, ...rest].filter(Boolean).join(', ')
  return { title: title?.replace(/ (?:på|vid|i)$/u, '') || null, unit: unit || null, organisations }
}

/** A detail with its abbreviations written out as the registers name them. */
function expandedDetail(detail: string, names: Names): string {
  return detail.replace(
    /(?<![\p{L}])\p{Lu}{2,6}(?![\p{L}])/gu,
    (word) => names.organisations.get(word.toLowerCase())?.name ?? word,
  )
}

/**
 * Reads a protocol against the registers as they are. What they do not know stays as it is written, with a warning; of
 * namesakes nobody is chosen but who sits in the body. Writes nothing.
 */
export async function proposeMeeting(
  db: Reader,
  source: SourceText,
): Promise<{ proposal: Proposal; matches: Matches; names: Names }> {
  const names = await registerNames(db)
  const known: Known = {
    organisations: new Set(names.organisations.keys()),
    groups: [...new Set([...names.bodies.values()].map(({ name }) => name))],
  }
  const proposal = readProtocol(source, known)
  const found = proposal.body === null ? undefined : names.bodies.get(groupKey(proposal.body))
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
    (name) => !names.bodies.has(groupKey(name)) && !names.organisations.has(name.toLowerCase()),
  )
  if (unknownGroups.length > 0) proposal.warnings.push({ code: 'unknown_group', level: 'warn', values: unknownGroups })
  const { members, others } = proposal.attendance
  const people = new Set([
    ...[...members, ...others, ...proposal.items.flatMap(({ presenters }) => presenters)].map(({ name }) => name),
    ...decisions.flatMap((one) => (one.kind === 'member_replaced' ? [one.in.name, one.out.name] : [])),
  ])
  const persons: Matches['persons'] = {}
  const similar: Matches['similar'] = {}
  const unknown: string[] = []
  const several: string[] = []
  for (const name of people) {
    const person = await personNamed(db, name, body?.id ?? null)
    persons[name] = person.found === 'one' ? { id: person.id, name: person.name } : null
    if (person.found === 'none') {
      unknown.push(name)
      if (person.similar.length > 0) similar[name] = person.similar
    }
    if (person.found === 'several') several.push(name)
  }
  if (unknown.length > 0) proposal.warnings.push({ code: 'unknown_person', level: 'warn', values: unknown })
  if (several.length > 0) proposal.warnings.push({ code: 'ambiguous_person', level: 'warn', values: several })
  await suspectTitles(db, proposal)
  for (const one of decisions) {
    if (one.kind !== 'member_replaced') continue
    for (const person of [one.in, one.out]) {
      const expanded = person.detail === null ? null : expandedDetail(person.detail, names)
      if (expanded !== null && expanded !== person.detail) person.expanded = expanded
    }
  }
  return { proposal, matches: { body, meeting, persons, similar }, names }
}

/** Who sits in which body the day before, as 'slug name' in lower case. */
export async function seatedBefore(db: Reader, day: Day): Promise<ReadonlySet<string>> {
  const rows = await db
    .selectFrom('membership')
    .innerJoin('person', 'person.id', 'membership.person_id')
    .innerJoin('body', 'body.id', 'membership.body_id')
    .select(['body.slug', 'person.name'])
    .where(holds('membership.valid', addDays(day, -1)))
    .execute()
  return new Set(rows.map(({ slug, name }) => `${slug} ${name}`.toLowerCase()))
}

/** A title that is one sign from one that earlier minutes have may be misspelt. It stays as it is written. */
async function suspectTitles(db: Reader, proposal: Proposal): Promise<void> {
  const rows = await db
    .selectFrom('agenda_item_presenter')
    .select('title')
    .distinct()
    .where('title', 'is not', null)
    .execute()
  const known = rows.map(({ title }) => title as string)
  const said = new Set(
    proposal.warnings.flatMap(({ code, values }) => (code === 'title_typo_suspected' ? (values ?? []) : [])),
  )
  const values = proposal.items
    .flatMap(({ presenters }) => presenters)
    .flatMap(({ name, title }) => {
      const near = title === null || known.includes(title) ? undefined : known.find((one) => differByOne(one, title))
      return near === undefined ? [] : [`${name}: ${title} / ${near}`]
    })
    .filter((value) => !said.has(value))
  if (values.length > 0) proposal.warnings.push({ code: 'title_typo_suspected', level: 'info', values })
}

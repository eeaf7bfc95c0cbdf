import type { Reader } from '../db/database.ts'
import type { Cell, Rows, Value } from '../http/parts.ts'
import type { PageHead } from '../http/view.ts'
import type { Day } from '../kernel/dates.ts'
import { counted } from '../kernel/text.ts'
import { bodyPath, organisationComparisonPath, organisationPath, withQuery } from '../kernel/urls.ts'
import * as queries from './queries.ts'
import { seatingText, seatRepresents, unseated, vacancyTags } from './representation.ts'
import { coverageOf, onDay, peopleIn, seatStandings } from './rules.ts'
import { type Picture, pictureOf } from './structure-picture.ts'
import { bodyFamilies, coverageTags, plannedTag, requirementNames } from './texts.ts'

declare module '../http/view.ts' {
  interface Views {
    'bodies/structure': StructurePage
  }
  interface Parts {
    'bodies/_branch': { branches: readonly Branch[] }
  }
}

export type Branch = Cell & { branches: readonly Branch[] }

export type StructurePage = {
  head: PageHead
  lead: string
  path: string
  day: Day
  compare: string
  picture: Picture
  branches: readonly Branch[]
  reporting: Rows
  coverage: Rows
  places: Rows
  withoutMember: readonly { body: Value; organisations: readonly Value[] }[]
}

const columns = (...texts: string[]) => texts.map((text) => ({ text }))

/** The groups that there are on a day: who sits in each, which seats there are and what has been left empty. */
async function groupsOn(db: Reader, day: Day) {
  const [bodies, members, left, seats] = await Promise.all([
    queries.listBodies(db, day),
    queries.sittingOn(db, day).then(byBody),
    queries.leftEmptyOn(db, day).then(byBody),
    queries.seatsOn(db, day).then(byBody),
  ])
  return onDay(bodies, day).current.map((body) => {
    const own = { members: members.get(body.id) ?? [], left: left.get(body.id) ?? [], seats: seats.get(body.id) ?? [] }
    return { body, ...own, standings: seatStandings(own.seats, own.members, own.left) }
  })
}

type Group = Awaited<ReturnType<typeof groupsOn>>[number]

const byBody = <Row extends { body_id: number }>(rows: readonly Row[]) => Map.groupBy(rows, ({ body_id }) => body_id)

/** How the groups hang together on a day: as a picture and as a list, who reports to whom, and what is not filled. */
export async function structurePage(db: Reader, day: Day, asOf: Day | null): Promise<StructurePage> {
  const [groups, reporting, requirements, municipalities] = await Promise.all([
    groupsOn(db, day),
    queries.reportingOf(db),
    queries.requirementsOf(db),
    queries.municipalitiesOn(db, day),
  ])
  const byId = new Map(groups.map((group) => [group.body.id, group]))
  const linked = (body: { name: string; slug: string }): Value => ({ text: body.name, path: bodyPath(body.slug, asOf) })
  const childrenOf = Map.groupBy(groups, ({ body: { parent_id } }) =>
    parent_id !== null && byId.has(parent_id) ? parent_id : null,
  )
  const branchesOf = (parent: number | null): Branch[] =>
    (childrenOf.get(parent) ?? []).map(({ body, members, left, standings }) => ({
      ...linked(body),
      note: members.length === 0 ? null : seatingText(peopleIn(members), standings),
      tag: body.planned ? plannedTag : (vacancyTags(left.length)[0] ?? null),
      branches: branchesOf(body.id),
    }))
  const dimensions = [...new Set(requirements.map(({ dimension }) => dimension))]
  const required = byBody(requirements)
  return {
    head: {
      title: 'Organisation',
      section: 'organisation',
      crumbs: [{ text: 'Organisation' }],
      description:
        'Hur grupperna i länets samverkan hänger ihop, vem som rapporterar till vem och vilka platser som är tomma eller okända.',
      asOf,
    },
    lead: `${counted(groups.length, 'grupp', 'grupper')} och hur de hänger ihop: vilken grupp som hör till vilken, vem som rapporterar till vem och vilka platser som ingen känd person har.`,
    path: organisationPath,
    day,
    compare: organisationComparisonPath,
    picture: pictureOf(
      groups.map(({ body: { id, short_name, slug, parent_id, kind, planned } }) => ({
        id,
        name: short_name,
        path: bodyPath(slug, asOf),
        parent: parent_id,
        family: bodyFamilies.find(({ kinds }) => kinds.includes(kind))?.title ?? '',
        planned,
      })),
      reporting.flatMap(({ body_id, to_body_id }) => (to_body_id === null ? [] : [{ from: body_id, to: to_body_id }])),
    ),
    branches: branchesOf(null),
    reporting: {
      columns: columns('Från', 'Till', 'Hur'),
      rows: reporting
        .filter(({ body_id, to_body_id }) => byId.has(body_id) && (to_body_id === null || byId.has(to_body_id)))
        .map((way) => [
          { text: way.sender_name, path: bodyPath(way.sender_slug, asOf) },
          {
            text: way.receiver_name ?? way.to_text ?? '',
            path: way.receiver_slug === null ? null : bodyPath(way.receiver_slug, asOf),
          },
          { text: way.how },
        ]),
    },
    coverage: {
      columns: columns('Grupp', ...dimensions.map((dimension) => requirementNames[dimension])),
      rows: [...required].flatMap(([id, asked]) => {
        const group = byId.get(id)
        if (group === undefined) return []
        const { body, members } = group
        return [
          [
            { text: body.name, path: withQuery(`${bodyPath(body.slug)}#platser`, { datum: asOf }) },
            ...dimensions.map((dimension): Cell => {
              if (!asked.some((one) => one.dimension === dimension)) return { text: 'inget krav' }
              return { text: '', tag: coverageTags[coverageOf(dimension, members, municipalities).covered] }
            }),
          ],
        ]
      }),
    },
    places: {
      columns: columns('Grupp', 'Plats', 'Företräder', 'Läge'),
      rows: groups.flatMap((group) => placesOf(linked(group.body), group)),
    },
    withoutMember: groups.flatMap(({ body, members, seats }) => {
      const organisations = unseated(seats, members, municipalities)
      return organisations.length === 0 ? [] : [{ body: linked(body), organisations }]
    }),
  }
}

/** The places of a group that are vacant, and those that nobody known holds; the vacant ones first. */
function placesOf(body: Value, { left, seats, standings }: Group): Cell[][] {
  const vacant = left.map((one): Cell[] => [
    body,
    { text: seats.find(({ id }) => id === one.seat_id)?.title ?? 'Framgår inte' },
    { text: one.behalf_body_name ?? one.behalf_name ?? 'Framgår inte' },
    { text: `${one.person_name} har lämnat`, tag: { tone: 'warning', text: 'vakant' } },
  ])
  const unknown = standings
    .filter(({ holders, vacant: empty, unknown: open }) => (open === null ? holders.length + empty === 0 : open > 0))
    .map(({ seat, unknown: open }): Cell[] => [
      body,
      { text: seat.title },
      seatRepresents(seat),
      { text: open === null || open === seat.seats ? 'Framgår inte' : `${open} av ${seat.seats} framgår inte` },
    ])
  return [...vacant, ...unknown]
}

import type { Reader } from '../db/database.ts'
import { type Downloads, downloadsOf, type ListItem, type Value } from '../http/parts.ts'
import type { PageHead } from '../http/view.ts'
import { type Day, dayText } from '../kernel/dates.ts'
import { counted } from '../kernel/text.ts'
import { apiPath, bodiesPath, bodyPath, withQuery } from '../kernel/urls.ts'
import * as queries from './queries.ts'
import { seatingText, vacancyTags } from './representation.ts'
import { onDay } from './rules.ts'
import { bodyFamilies, bodyKindNames, plannedTag } from './texts.ts'

declare module '../http/view.ts' {
  interface Views {
    'bodies/list': BodyListPage
  }
}

export type BodyListPage = {
  downloads: readonly Downloads[]
  head: PageHead
  lead: string
  path: string
  day: Day
  contents: readonly { text: string; anchor: string }[]
  families: readonly BodyFamily[]
  closed: readonly Value[]
}

export type BodyFamily = {
  anchor: string
  title: string
  count: string
  /** `under`: the group that they belong to, said when the family's groups belong to several. */
  groups: readonly { under: { text: string; anchor: string } | null; items: readonly ListItem[] }[]
}

/** The groups that there are on the day, by kind and by the group that they belong to. */
export async function bodyListPage(db: Reader, day: Day, asOf: Day | null): Promise<BodyListPage> {
  const [bodies, counts, plans] = await Promise.all([
    queries.listBodies(db, day),
    queries.countSeatingsOn(db, day),
    queries.planTitlesOn(db, day),
  ])
  const { current, former } = onDay(bodies, day)
  const byId = new Map(bodies.map((body) => [body.id, body]))
  const plansOf = Map.groupBy(plans, ({ body_id }) => body_id)
  const item = (body: queries.ListedBody, sayKind: boolean): ListItem => ({
    title: body.name,
    path: bodyPath(body.slug, asOf),
    kicker: sayKind ? bodyKindNames[body.kind].one : null,
    facts: body.planned
      ? []
      : [
          seatingText(counts(body.id).people, counts(body.id).standings),
          ...(plansOf.get(body.id) ?? []).map(({ title }) => title),
        ],
    tags: [...(body.planned ? [plannedTag] : []), ...vacancyTags(counts(body.id).left)],
  })
  const families = bodyFamilies.flatMap(({ title, anchor, kinds }): BodyFamily[] => {
    const bodies = current.filter(({ kind }) => kinds.includes(kind))
    if (bodies.length === 0) return []
    const byParent = Map.groupBy(bodies, ({ parent_id }) => parent_id)
    const groups = [...byParent].map(([parent, children]) => ({
      under: underOf(byParent.size > 1 && parent !== null ? byId.get(parent) : undefined, anchor),
      items: children.map((body) => item(body, kinds.length > 1)),
    }))
    return [{ anchor, title, count: String(bodies.length), groups }]
  })
  const planned = current.filter((body) => body.planned).length
  return {
    downloads: [
      downloadsOf('Hämta grupperna', apiPath('bodies'), { on: day }),
      downloadsOf('Hämta alla uppdrag i grupperna', apiPath('memberships'), { on: day }),
    ],
    head: {
      title: 'Grupper',
      section: 'bodies',
      crumbs: [{ text: 'Grupper' }],
      description: 'Alla grupper i länets samverkan: vilka som sitter i dem, vem de företräder och på vilken grund.',
      asOf,
    },
    lead: `${counted(current.length - planned, 'grupp', 'grupper')}${planned === 0 ? '' : ` och ${planned} som ska bildas`}. Öppna en grupp och se vilka som sitter där, vem de företräder och vilket beslut som är grunden.`,
    path: bodiesPath,
    day,
    contents: families.map(({ anchor, title, count }) => ({ text: `${title} (${count})`, anchor })),
    families,
    closed: former.map(({ name, slug, valid: { to } }) => ({
      text: name,
      path: withQuery(bodyPath(slug), { datum: asOf }),
      note: to === null ? null : `avslutad ${dayText(to)}`,
    })),
  }
}

function underOf(parent: queries.ListedBody | undefined, family: string): { text: string; anchor: string } | null {
  return parent === undefined ? null : { text: `Under ${parent.name}`, anchor: `${family}-${parent.slug}` }
}

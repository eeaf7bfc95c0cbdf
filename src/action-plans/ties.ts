/** What a plan and its parts hang together with: parts of other plans, groups, matters, items, documents, projects. */
import type { SourcePlace } from '../audit/provenance.ts'
import type { Tag, Value } from '../http/parts.ts'
import { type Day, dayText } from '../kernel/dates.ts'
import { activityCode, areaCode } from '../kernel/plan-codes.ts'
import { activityPath, bodyPath, documentPath, itemPath, matterPath, planPath, projectsPath } from '../kernel/urls.ts'
import type { addressesOf, documentsOf, PlanLink, projectsOf } from './queries.ts'

/** Things that hang together with a part of a plan in the same way. */
export type Tie = { values: readonly Value[]; how: string | null; tag: Tag | null }

type Rows<Query extends (...given: never[]) => Promise<unknown>> = Awaited<ReturnType<Query>>

export type Tied = {
  links: readonly PlanLink[]
  documents: Rows<typeof documentsOf>
  projects: Rows<typeof projectsOf>
  addresses: Rows<typeof addressesOf>
}

/** The whole plan, one of its areas, or one of its activities by number. */
export type PlanPart =
  | { of: 'plan'; plan: number }
  | { of: 'area'; plan: number; id: number; kind: 'improvement' | 'ongoing'; number: number }
  | { of: 'activity'; plan: number; number: number }

const sameConcern: Tag = { text: 'samma sak', tone: 'info' }

/** Does the link begin or end in the part? */
function isEnd(link: PlanLink, end: 'from' | 'to', part: PlanPart): boolean {
  if (link[`${end}_plan_id`] !== part.plan) return false
  const [kind, area] = [link[`${end}_area_kind`], link[`${end}_area_number`]]
  const activity = link[`${end}_activity_number`]
  switch (part.of) {
    case 'plan':
      return kind === null && activity === null
    case 'area':
      return kind === part.kind && area === part.number
    case 'activity':
      return activity === part.number
  }
}

/** What the part hangs together with. `sources` finds where a link comes from. */
export function tiesOf(
  tied: Tied,
  part: PlanPart,
  sources: ReadonlyMap<number, readonly SourcePlace[]>,
): { ties: Tie[]; sources: SourcePlace[] } {
  const found: { value: Value; how: string | null; tag?: Tag | null }[] = []
  const places: SourcePlace[] = []
  for (const link of tied.links) {
    const ends = [
      ...(isEnd(link, 'from', part) ? [target(link)] : []),
      ...(isEnd(link, 'to', part) ? [planEnd(link, 'from')] : []),
    ]
    for (const value of ends) found.push({ value, how: link.how, tag: link.same_concern ? sameConcern : null })
    if (ends.length > 0) places.push(...(sources.get(link.provenance_id) ?? []))
  }
  if (part.of === 'activity') {
    for (const { activity_number, slug, title, how } of tied.documents)
      if (activity_number === part.number) found.push({ value: { text: title, path: documentPath(slug) }, how })
    for (const { activity_number, slug, name } of tied.projects)
      if (activity_number === part.number)
        found.push({ value: { text: name, path: `${projectsPath}#${slug}` }, how: 'projekt' })
  }
  for (const { activity_number, area_id, label, url } of tied.addresses) {
    const mine = part.of === 'activity' ? activity_number === part.number : part.of === 'area' && area_id === part.id
    if (mine) found.push({ value: { text: label, url }, how: null })
  }
  const together = new Map<string, Tie>()
  for (const [place, { value, how, tag = null }] of found.entries()) {
    const key = how ?? String(place)
    const before = together.get(key)
    together.set(key, { values: [...(before?.values ?? []), value], how, tag })
  }
  return { ties: [...together.values()], sources: once(places) }
}

/** The same place told once. */
export function once(places: readonly SourcePlace[]): SourcePlace[] {
  return [...new Map(places.map((place) => [JSON.stringify(place), place])).values()]
}

/** A plan, or the area or activity of it that a link begins or ends in. */
function planEnd(link: PlanLink, end: 'from' | 'to'): Value {
  const plan = { slug: link[`${end}_slug`] ?? '', code: link[`${end}_code`] ?? '', title: link[`${end}_title`] ?? '' }
  const activity = link[`${end}_activity_number`]
  if (activity !== null) {
    const code = activityCode(plan.code, activity)
    return { text: `${code} ${link[`${end}_activity_text`] ?? ''}`, path: activityPath(plan.slug, code) }
  }
  const [kind, number] = [link[`${end}_area_kind`], link[`${end}_area_number`]]
  if (kind !== null && number !== null) {
    const code = areaCode(plan.code, kind, number)
    return { text: `${code} ${link[`${end}_area_title`] ?? ''}`, path: activityPath(plan.slug, code) }
  }
  return { text: plan.title, path: planPath(plan.slug) }
}

function target(link: PlanLink): Value {
  if (link.to_slug !== null) return planEnd(link, 'to')
  if (link.body_slug !== null) return { text: link.body_name ?? '', path: bodyPath(link.body_slug) }
  if (link.matter_slug !== null) return { text: link.matter_title ?? '', path: matterPath(link.matter_slug) }
  return {
    text: `${dayText(link.meeting_held_on as Day)}, punkt ${link.item_number}: ${link.item_title}`,
    path: itemPath(link.meeting_slug ?? '', link.item_number ?? ''),
  }
}

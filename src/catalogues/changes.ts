import { sql } from 'kysely'
import { typedHere } from '../audit/provenance.ts'
import { freeSlug, rowDifference } from '../audit/rows.ts'
import type { Work } from '../audit/work.ts'
import type { DatePrecision } from '../db/schema.ts'
import type { Day } from '../kernel/dates.ts'
import { notFound } from '../kernel/errors.ts'
import { slugify } from '../kernel/text.ts'
import { keptCatalogue, linksOfProject } from './queries.ts'

export type CatalogueValues = {
  title: string
  summary: string
  body_id: number | null
  matter_id: number | null
  document_id: number | null
}

export type EntryValues = {
  title: string
  summary: string
  origin: string | null
  owner: string | null
  limits: string | null
  url: string | null
  position: number
  withdrawn_on: Day | null
  withdrawn_because: string | null
}

export type ProjectValues = {
  name: string
  summary: string
  body_id: number | null
  matter_id: number | null
  funding: string | null
  funding_ends_on: Day | null
  funding_ends_precision: DatePrecision | null
  afterwards: string | null
  url: string | null
  ended_on: Day | null
  ended_text: string | null
}

type Links = readonly { label: string; url: string }[]

/** Describes a catalogue: the first time it is made. @param version the one that the form was opened on, 0 when none */
export async function describeCatalogue(
  work: Work,
  slug: string,
  version: number,
  values: CatalogueValues,
  today: Day,
): Promise<'stale' | null> {
  const { trx } = work
  const about = `catalogue/${slug}`
  // Two who describe the same new catalogue wait for each other.
  await sql`lock table catalogue in share row exclusive mode`.execute(trx)
  const before = await trx
    .selectFrom('catalogue')
    .selectAll()
    .where('slug', '=', slug as never)
    .executeTakeFirst()
  if ((before?.version ?? 0) !== version) {
    await work.record('catalogue.refused', about, { refusal: 'stale' })
    return 'stale'
  }
  if (!before) {
    await trx
      .insertInto('catalogue')
      .values({ slug, ...values, provenance_id: await typedHere(work, today) })
      .execute()
    await work.record('catalogue.added', about, { before: null, after: values })
    return null
  }
  const difference = rowDifference(before, values)
  if (difference !== null) {
    const provenance_id = wordsDiffer(difference, ['title', 'summary'])
      ? await typedHere(work, today)
      : before.provenance_id
    await trx
      .updateTable('catalogue')
      .set({ ...values, provenance_id })
      .where('id', '=', before.id)
      .execute()
  }
  await work.record('catalogue.changed', about, difference ?? { nothing: true })
  return null
}

/** @returns the entry's address in its catalogue. @throws PortalError not-found when there is no catalogue to put it in */
export async function addEntry(work: Work, catalogue: string, values: EntryValues, today: Day): Promise<string> {
  const { trx } = work
  const { id: catalogue_id } = await lockedCatalogue(work, catalogue)
  const rows = await trx.selectFrom('catalogue_entry').select('slug').where('catalogue_id', '=', catalogue_id).execute()
  // 'ny' is the address of the empty form.
  const taken = new Set<string>(['ny', ...rows.map(({ slug }) => slug)])
  const wanted = slugify(values.title).slice(0, 180).replace(/-$/, '') || 'post'
  let slug = wanted
  for (let number = 2; taken.has(slug); number += 1) slug = `${wanted}-${number}`
  await trx
    .insertInto('catalogue_entry')
    .values({ catalogue_id, slug, ...values, provenance_id: await typedHere(work, today) })
    .execute()
  await work.record('catalogue.entry-added', `catalogue/${catalogue}/${slug}`, { before: null, after: values })
  return slug
}

/** Changes an entry, withdraws it with a reason, or offers it again. What is changed here has its ground here. */
export async function changeEntry(
  work: Work,
  catalogue: string,
  slug: string,
  version: number,
  values: EntryValues,
  today: Day,
): Promise<'stale' | null> {
  const { trx } = work
  const about = `catalogue/${catalogue}/${slug}`
  const { id: catalogue_id } = await lockedCatalogue(work, catalogue)
  const before = await trx
    .selectFrom('catalogue_entry')
    .selectAll()
    .where('catalogue_id', '=', catalogue_id)
    .where('slug', '=', slug as never)
    .forUpdate()
    .executeTakeFirstOrThrow(() => notFound(about))
  if (before.version !== version) {
    await work.record('catalogue.refused', about, { refusal: 'stale' })
    return 'stale'
  }
  const difference = rowDifference(before, values)
  if (difference !== null) {
    const told = ['title', 'summary', 'origin', 'owner', 'limits', 'url', 'withdrawn_on', 'withdrawn_because']
    const provenance_id = wordsDiffer(difference, told) ? await typedHere(work, today) : before.provenance_id
    await trx
      .updateTable('catalogue_entry')
      .set({ ...values, provenance_id })
      .where('id', '=', before.id)
      .execute()
  }
  const act =
    difference === null || !('withdrawn_on' in difference.after)
      ? 'catalogue.entry-changed'
      : values.withdrawn_on === null
        ? 'catalogue.entry-offered-again'
        : 'catalogue.entry-withdrawn'
  await work.record(act, about, difference ?? { nothing: true })
  return null
}

async function lockedCatalogue({ trx }: Work, slug: string) {
  const catalogue = await keptCatalogue(trx, slug)
  if (!catalogue) throw notFound(`catalogue ${slug}`)
  await trx.selectFrom('catalogue').select('id').where('id', '=', catalogue.id).forUpdate().execute()
  return catalogue
}

/** Does it say anything else to readers? Where it stands in a list, or hangs, needs no new ground. */
const wordsDiffer = (difference: { after: Readonly<Record<string, unknown>> }, told: readonly string[]) =>
  told.some((key) => key in difference.after)

async function setLinks(work: Work, project_id: number, links: Links, today: Day): Promise<void> {
  const { trx } = work
  if (JSON.stringify(await linksOfProject(trx, project_id)) === JSON.stringify(links)) return
  await trx.deleteFrom('link').where('project_id', '=', project_id).execute()
  const provenance_id = await typedHere(work, today)
  for (const [place, { label, url }] of links.entries()) {
    await trx
      .insertInto('link')
      .values({ label, url, project_id, position: place + 1, provenance_id })
      .execute()
  }
}

/** @returns the project's address */
export async function addProject(work: Work, values: ProjectValues, links: Links, today: Day): Promise<string> {
  const { trx } = work
  // 'nytt' is the address of the empty form.
  const slug = await freeSlug(work, 'project', slugify(values.name) === 'nytt' ? 'nytt-projekt' : values.name)
  const { id } = await trx
    .insertInto('project')
    .values({
      slug,
      ...values,
      position: sql<number>`(select coalesce(max(position), 0) + 1 from project)`,
      provenance_id: await typedHere(work, today),
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  await setLinks(work, id, links, today)
  await work.record('project.added', `project/${slug}`, { before: null, after: { ...values, links } })
  return slug
}

/** Changes a project; with a day it is over, without one it goes on. What is changed here has its ground here. */
export async function changeProject(
  work: Work,
  slug: string,
  version: number,
  values: ProjectValues,
  links: Links,
  today: Day,
): Promise<'stale' | null> {
  const { trx } = work
  const about = `project/${slug}`
  const before = await trx
    .selectFrom('project')
    .selectAll()
    .where('slug', '=', slug as never)
    .forUpdate()
    .executeTakeFirstOrThrow(() => notFound(about))
  if (before.version !== version) {
    await work.record('project.refused', about, { refusal: 'stale' })
    return 'stale'
  }
  const stood = { ...before, links: await linksOfProject(trx, before.id) }
  const difference = rowDifference(stood, { ...values, links: links.map(({ label, url }) => ({ label, url })) })
  if (difference !== null) {
    const told = ['name', 'summary', 'funding', 'funding_ends_on', 'afterwards', 'url', 'ended_on', 'ended_text']
    const provenance_id = wordsDiffer(difference, told) ? await typedHere(work, today) : before.provenance_id
    // The row too when only its links differ: whoever else has the form open is to be told.
    await trx
      .updateTable('project')
      .set({ ...values, provenance_id })
      .where('id', '=', before.id)
      .execute()
    await setLinks(work, before.id, links, today)
  }
  const ended = difference !== null && 'ended_on' in difference.after
  const act = !ended ? 'project.changed' : values.ended_on === null ? 'project.reopened' : 'project.ended'
  await work.record(act, about, difference ?? { nothing: true })
  return null
}

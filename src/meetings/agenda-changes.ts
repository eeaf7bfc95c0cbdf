import { sql } from 'kysely'
import { typedHere } from '../audit/provenance.ts'
import type { Work } from '../audit/work.ts'
import type { Reader } from '../db/database.ts'
import { notFound } from '../kernel/errors.ts'
import { slugify } from '../kernel/text.ts'
import {
  type AgendaRefusal,
  type AgendaSnapshot,
  agendaDifferences,
  type Direction,
  moved,
  numbered,
  type Placed,
  refusePlacement,
} from './agenda-rules.ts'
import { agendaOf } from './queries.ts'
import { agendaSnapshot, isPointedAt } from './workbench-queries.ts'
import { makesVersion, refuseAgendaChange } from './workbench-rules.ts'

/** Somebody who presents an item: found in the register by the whole name, else kept as it is written. */
export type TypedPresenter = { name: string; title: string | null; organisation: string | null }

export type ItemValues = {
  title: string
  kinds: readonly string[]
  background: string | null
  parentId: number | null
  presenters: readonly TypedPresenter[]
  /** Presenters who are not in the register are added to it. */
  registerPresenters: boolean
  matterIds: readonly number[]
  documentIds: readonly number[]
  links: readonly { label: string; url: string }[]
}

export const bareItem: Omit<ItemValues, 'title' | 'kinds'> = {
  background: null,
  parentId: null,
  presenters: [],
  registerPresenters: false,
  matterIds: [],
  documentIds: [],
  links: [],
}

/** A change of a called agenda says why, for those who have read it. */
export type Reason = { why: string | null }

/** Adds an item last, or last under its item. @returns its number, or why not */
export async function addItem(
  work: Work,
  meetingId: number,
  values: ItemValues,
  reason: Reason,
): Promise<{ id: number; number: string } | AgendaRefusal> {
  let added = 0
  const refusal = await changeAgenda(work, meetingId, reason, 'agenda.item-added', async (items) => {
    const refused = refusePlacement(items, { id: null, parentId: values.parentId })
    if (refused) return refused
    added = await insertItem(work, meetingId, values, items.length + 1)
    return null
  })
  if (refusal) return refusal
  const { number } = await work.trx
    .selectFrom('agenda_item')
    .select('number')
    .where('id', '=', added)
    .executeTakeFirstOrThrow()
  return { id: added, number }
}

/** Several items at once, as from a template, an earlier meeting or a proposal: one version of the agenda, not many. */
export async function addItems(
  work: Work,
  meetingId: number,
  items: readonly (ItemValues & { subItems?: readonly ItemValues[] })[],
  reason: Reason,
): Promise<{ ids: readonly number[] } | AgendaRefusal> {
  const ids: number[] = []
  const refusal = await changeAgenda(work, meetingId, reason, 'agenda.items-added', async (standing) => {
    let placed: Placed[] = [...standing]
    for (const item of items) {
      const refused = refusePlacement(placed, { id: null, parentId: null })
      if (refused) return refused
      const id = await insertItem(work, meetingId, item, placed.length + 1)
      placed = [...placed, { id, parentId: null }]
      ids.push(id)
      for (const sub of item.subItems ?? []) {
        const full = refusePlacement(placed, { id: null, parentId: id })
        if (full) return full
        const subId = await insertItem(work, meetingId, { ...sub, parentId: id }, placed.length + 1)
        placed = [...placed, { id: subId, parentId: id }]
        ids.push(subId)
      }
    }
    return null
  })
  return refusal ?? { ids }
}

/** @param version the version that the form was opened on; a newer one in the register refuses the save */
export async function changeItem(
  work: Work,
  meetingId: number,
  itemId: number,
  version: number,
  values: ItemValues,
  reason: Reason,
): Promise<AgendaRefusal | null> {
  return await changeAgenda(work, meetingId, reason, 'agenda.item-changed', async (items) => {
    const item = await work.trx
      .selectFrom('agenda_item')
      .select(['version', 'parent_id'])
      .where('id', '=', itemId)
      .where('meeting_id', '=', meetingId)
      .forUpdate()
      .executeTakeFirstOrThrow(() => notFound(`agenda item ${itemId}`))
    if (item.version !== version) return 'stale'
    const refused = refusePlacement(items, { id: itemId, parentId: values.parentId })
    if (refused) return refused
    await work.trx
      .updateTable('agenda_item')
      .set({
        title: values.title,
        kinds: [...values.kinds],
        background: values.background,
        parent_id: values.parentId,
        // Put under another item it comes last there.
        ...(values.parentId === item.parent_id ? {} : { position: items.length + 1 }),
      })
      .where('id', '=', itemId)
      .execute()
    for (const table of ['agenda_item_presenter', 'agenda_item_matter', 'agenda_item_document', 'link'] as const) {
      await work.trx.deleteFrom(table).where('agenda_item_id', '=', itemId).execute()
    }
    await insertBelongings(work, { meetingId, itemId }, values)
    return null
  })
}

/** Removes an item with its sub-items, unless something in the registers came out of it. */
export async function removeItem(
  work: Work,
  meetingId: number,
  number: string,
  reason: Reason,
): Promise<AgendaRefusal | null> {
  return await changeAgenda(work, meetingId, reason, 'agenda.item-removed', async (items) => {
    const id = idAt(items, number)
    const ids = [id, ...items.filter(({ parentId }) => parentId === id).map((item) => item.id)]
    if (await isPointedAt(work.trx, ids)) return 'pointed-at'
    await work.trx.deleteFrom('agenda_item').where('id', 'in', ids).execute()
    return null
  })
}

export async function moveItem(
  work: Work,
  meetingId: number,
  number: string,
  to: Direction | { placeOf: string },
  reason: Reason,
): Promise<AgendaRefusal | null> {
  return await changeAgenda(work, meetingId, reason, 'agenda.item-moved', async (items) => {
    const target = typeof to === 'string' ? to : idAt(items, to.placeOf)
    await renumber(work, meetingId, moved(items, idAt(items, number), target))
    return null
  })
}

/** Saves the meeting's items as what the body's meetings begin from. */
export async function saveUsualAgenda(work: Work, meeting: { id: number; body_id: number; body_slug: string }) {
  // Of two coordinators who save at once, the second replaces what the first saved.
  await work.trx.selectFrom('body').select('id').where('id', '=', meeting.body_id).forUpdate().execute()
  const items = (await agendaOf(work.trx, meeting.id)).filter(({ parent_id }) => parent_id === null)
  await work.trx.deleteFrom('usual_agenda_item').where('body_id', '=', meeting.body_id).execute()
  if (items.length > 0) {
    await work.trx
      .insertInto('usual_agenda_item')
      .values(items.map(({ title, kinds }, place) => ({ body_id: meeting.body_id, position: place + 1, title, kinds })))
      .execute()
  }
  await work.record('body.usual-agenda-saved', `body/${meeting.body_slug}`, { items: items.map(({ title }) => title) })
}

type StandingItem = Placed & { number: string }

function idAt(items: readonly StandingItem[], number: string): number {
  const item = items.find((one) => one.number === number)
  if (!item) throw notFound(`agenda item ${number}`)
  return item.id
}

/**
 * One change of an agenda: under the meeting's lock, numbered anew, logged with what differs, and told to readers as a
 * version when the meeting has been called.
 */
async function changeAgenda(
  work: Work,
  meetingId: number,
  { why }: Reason,
  act: string,
  doIt: (items: readonly StandingItem[]) => Promise<AgendaRefusal | null>,
): Promise<AgendaRefusal | null> {
  const meeting = await work.trx
    .selectFrom('meeting')
    .select(['id', 'slug', 'state'])
    .where('id', '=', meetingId)
    .forUpdate()
    .executeTakeFirstOrThrow()
  const refuse = async (refusal: AgendaRefusal) => {
    await work.record('agenda.change-refused', `meeting/${meeting.slug}`, { refusal })
    return refusal
  }
  const closed = refuseAgendaChange(meeting)
  if (closed) return refuse(closed)
  if (makesVersion(meeting) && why === null) return refuse('why-needed')
  const before = await agendaSnapshot(work.trx, meetingId)
  const refusal = await doIt(await standingItems(work.trx, meetingId))
  if (refusal) return refuse(refusal)
  await renumber(work, meetingId, await standingItems(work.trx, meetingId))
  const after = await agendaSnapshot(work.trx, meetingId)
  const differences = agendaDifferences(before, after)
  await work.record(act, `meeting/${meeting.slug}`, { differences, ...(why === null ? {} : { why }) })
  if (makesVersion(meeting) && differences.length > 0) await addVersion(work, meetingId, after, why)
  return null
}

async function standingItems(db: Reader, meetingId: number): Promise<StandingItem[]> {
  const rows = await db
    .selectFrom('agenda_item')
    .select(['id', 'parent_id', 'number'])
    .where('meeting_id', '=', meetingId)
    .orderBy('position')
    .execute()
  return rows.map(({ id, parent_id, number }) => ({ id, parentId: parent_id, number }))
}

/** Only items whose place changes are touched, so that the others' versions stay. */
async function renumber(work: Work, meetingId: number, items: readonly Placed[]): Promise<void> {
  const places = numbered(items)
  if (places.length === 0) return
  await sql`
    update agenda_item set number = place.number, position = place.position
    from (values ${sql.join(
      places.map(({ id, number, position }) => sql`(${id}::bigint, ${number}::text, ${position}::int)`),
    )}) as place (id, number, position)
    where agenda_item.id = place.id and agenda_item.meeting_id = ${meetingId}
      and (agenda_item.number, agenda_item.position) is distinct from (place.number, place.position)
  `.execute(work.trx)
}

async function insertItem(work: Work, meetingId: number, values: ItemValues, position: number): Promise<number> {
  const { id } = await work.trx
    .insertInto('agenda_item')
    .values({
      meeting_id: meetingId,
      parent_id: values.parentId,
      position,
      // Until all are numbered: a number that nothing else has.
      number: sql<string>`(
        select coalesce(max(regexp_replace(number, '\\D', '', 'g')::int), 0) + 1
        from agenda_item where meeting_id = ${meetingId}
      )::text`,
      title: values.title,
      kinds: [...values.kinds],
      background: values.background,
      provenance_id: await typedHere(work),
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  await insertBelongings(work, { meetingId, itemId: id }, values)
  return id
}

async function insertBelongings(
  work: Work,
  { meetingId, itemId }: { meetingId: number; itemId: number },
  values: ItemValues,
): Promise<void> {
  const { trx } = work
  for (const [place, presenter] of values.presenters.entries()) {
    const person = await personNamed(work, presenter.name, values.registerPresenters)
    const organisation =
      presenter.organisation === null
        ? undefined
        : await trx
            .selectFrom('organisation')
            .select('id')
            .where((eb) =>
              eb.or([
                eb(sql`lower(name)`, '=', presenter.organisation?.toLowerCase() ?? ''),
                eb(sql`lower(short_name)`, '=', presenter.organisation?.toLowerCase() ?? ''),
              ]),
            )
            .executeTakeFirst()
    // An organisation that is not in the register is told in the title.
    const title = organisation
      ? presenter.title
      : [presenter.title, presenter.organisation].filter((part) => part !== null).join(', ') || null
    await trx
      .insertInto('agenda_item_presenter')
      .values({
        agenda_item_id: itemId,
        position: place + 1,
        person_id: person,
        presenter_text: person === null ? presenter.name : null,
        title,
        organisation_id: organisation?.id ?? null,
      })
      .execute()
  }
  if (values.matterIds.length > 0) {
    await trx
      .insertInto('agenda_item_matter')
      .values(
        [...new Set(values.matterIds)].map((matter_id) => ({
          agenda_item_id: itemId,
          meeting_id: meetingId,
          matter_id,
        })),
      )
      .execute()
  }
  if (values.documentIds.length > 0) {
    await trx
      .insertInto('agenda_item_document')
      .values([...new Set(values.documentIds)].map((document_id) => ({ agenda_item_id: itemId, document_id })))
      .execute()
  }
  if (values.links.length > 0) {
    const provenance_id = await typedHere(work)
    await trx
      .insertInto('link')
      .values(
        values.links.map(({ label, url }, place) => ({
          agenda_item_id: itemId,
          label,
          url,
          position: place + 1,
          provenance_id,
        })),
      )
      .execute()
  }
}

/** The one person in the register with the name; null when there is none, or several to choose between. */
async function personNamed(work: Work, name: string, register: boolean): Promise<number | null> {
  const people = await work.trx
    .selectFrom('person')
    .select('id')
    .where(sql`lower(name)`, '=', name.toLowerCase())
    .where((eb) => eb.or([eb('no_page_because', 'is', null), eb('no_page_because', '!=', 'uncertain_reading')]))
    .execute()
  if (people.length === 1) return people[0]?.id ?? null
  if (people.length > 1 || !register || /\d/.test(name)) return null
  const base = slugify(name) || 'person'
  const taken = new Set(
    (await work.trx.selectFrom('person').select('slug').where('slug', 'like', `${base}%`).execute()).map(
      ({ slug }) => slug as string,
    ),
  )
  let slug = base
  for (let number = 2; taken.has(slug); number += 1) slug = `${base}-${number}`
  const { id } = await work.trx
    .insertInto('person')
    .values({ name, slug, provenance_id: await typedHere(work) })
    .returning('id')
    .executeTakeFirstOrThrow()
  await work.record('person.added', `person/${slug}`, { name })
  return id
}

/** Keeps the agenda as it now stands, for those who want to see what has changed since the call. */
export async function addVersion(
  work: Work,
  meetingId: number,
  agenda: AgendaSnapshot,
  why: string | null,
): Promise<void> {
  await work.trx
    .insertInto('agenda_version')
    .values({
      meeting_id: meetingId,
      number: sql<number>`(select coalesce(max(number), 0) + 1 from agenda_version where meeting_id = ${meetingId})`,
      agenda: JSON.stringify(agenda),
      why,
      made_by: work.actor.name,
    })
    .execute()
}

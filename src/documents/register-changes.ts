import { sql } from 'kysely'
import { typedHere } from '../audit/provenance.ts'
import { freeSlug, rowDifference } from '../audit/rows.ts'
import type { Work } from '../audit/work.ts'
import { parseRange, rangeText } from '../db/ranges.ts'
import type { DocumentKind, DocumentState } from '../db/schema.ts'
import { type Day, dayText, type Precision } from '../kernel/dates.ts'
import { notFound } from '../kernel/errors.ts'
import type { FileText } from './file-text.ts'
import { attachFile, detachFile, storeFile } from './files.ts'

type Vague = { on: Day; precision: Precision } | null

export type DocumentValues = {
  title: string
  kind: DocumentKind
  state: DocumentState
  stateText: string | null
  summary: string | null
  ownerBodyId: number | null
  ownerText: string | null
  national: boolean
  dated: Vague
  inForce: { valid: string; precision: Precision } | null
  lastRevised: Vague
  revisionDue: Vague
  revisionText: string | null
  partyIds: readonly number[]
  matterIds: readonly number[]
  links: readonly { label: string; url: string }[]
}

const columns = (values: DocumentValues) => ({
  title: values.title,
  kind: values.kind,
  state: values.state,
  state_text: values.stateText,
  summary: values.summary,
  owner_body_id: values.ownerBodyId,
  owner_text: values.ownerText,
  national: values.national,
  dated_on: values.dated?.on ?? null,
  dated_precision: values.dated?.precision ?? null,
  in_force: values.inForce?.valid ?? null,
  in_force_precision: values.inForce?.precision ?? null,
  last_revised_on: values.lastRevised?.on ?? null,
  last_revised_precision: values.lastRevised?.precision ?? null,
  revision_due_on: values.revisionDue?.on ?? null,
  revision_due_precision: values.revisionDue?.precision ?? null,
  revision_text: values.revisionText,
})

/** What hangs on the row: parties, matters, links. Sorted, so that two readings compare. */
async function belongings(work: Work, documentId: number) {
  const [parties, matters, links] = [
    await work.trx
      .selectFrom('document_party')
      .select('organisation_id')
      .where('document_id', '=', documentId)
      .execute(),
    await work.trx.selectFrom('document_matter').select('matter_id').where('document_id', '=', documentId).execute(),
    await work.trx
      .selectFrom('link')
      .select(['label', 'url'])
      .where('document_id', '=', documentId)
      .orderBy('position')
      .orderBy('id')
      .execute(),
  ]
  return {
    parties: parties.map(({ organisation_id }) => organisation_id).sort((a, b) => a - b),
    matters: matters.map(({ matter_id }) => matter_id).sort((a, b) => a - b),
    links: links.map(({ label, url }) => ({ label, url })),
  }
}

const wantedBelongings = ({ partyIds, matterIds, links }: DocumentValues) => ({
  parties: [...partyIds].sort((a, b) => a - b),
  matters: [...matterIds].sort((a, b) => a - b),
  links: links.map(({ label, url }) => ({ label, url })),
})

/** Makes what hangs on the row what it is to be; what stays keeps its own source. */
async function setBelongings(work: Work, documentId: number, values: DocumentValues, today: Day): Promise<void> {
  const { trx } = work
  const before = await belongings(work, documentId)
  const after = wantedBelongings(values)
  const provenance_id = await typedHere(work, today)
  const gone = (old: readonly number[], kept: readonly number[]) => old.filter((id) => !kept.includes(id))
  for (const id of gone(before.parties, after.parties)) {
    await trx
      .deleteFrom('document_party')
      .where('document_id', '=', documentId)
      .where('organisation_id', '=', id)
      .execute()
  }
  for (const organisation_id of gone(after.parties, before.parties)) {
    await trx.insertInto('document_party').values({ document_id: documentId, organisation_id, provenance_id }).execute()
  }
  for (const id of gone(before.matters, after.matters)) {
    await trx.deleteFrom('document_matter').where('document_id', '=', documentId).where('matter_id', '=', id).execute()
  }
  for (const matter_id of gone(after.matters, before.matters)) {
    await trx.insertInto('document_matter').values({ document_id: documentId, matter_id }).execute()
  }
  if (JSON.stringify(before.links) === JSON.stringify(after.links)) return
  const isIn = (list: readonly { label: string; url: string }[]) => (one: { label: string; url: string }) =>
    list.some(({ label, url }) => label === one.label && url === one.url)
  const stands = isIn(before.links)
  const stays = isIn(after.links)
  for (const { label, url } of before.links.filter((one) => !stays(one))) {
    await trx
      .deleteFrom('link')
      .where('document_id', '=', documentId)
      .where('label', '=', label as never)
      .where('url', '=', url)
      .execute()
  }
  for (const [place, { label, url }] of after.links.entries()) {
    if (stands({ label, url })) {
      await trx
        .updateTable('link')
        .set({ position: place + 1 })
        .where('document_id', '=', documentId)
        .where('label', '=', label as never)
        .where('url', '=', url)
        .execute()
    } else {
      await trx
        .insertInto('link')
        .values({ document_id: documentId, label, url, position: place + 1, provenance_id })
        .execute()
    }
  }
}

/** @returns the new document's address */
export async function addDocument(work: Work, values: DocumentValues, today: Day): Promise<string> {
  const slug = await freeSlug(work, 'document', values.title)
  const { id } = await work.trx
    .insertInto('document')
    .values({
      slug,
      ...columns(values),
      position: sql<number>`(select coalesce(max(position), 0) + 1 from document)`,
      provenance_id: await typedHere(work, today),
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  await setBelongings(work, id, values, today)
  await work.record('document.added', `document/${slug}`, {
    before: null,
    after: { ...columns(values), ...wantedBelongings(values) },
  })
  return slug
}

async function locked(work: Work, slug: string) {
  return await work.trx
    .selectFrom('document')
    .selectAll()
    .where('slug', '=', slug as never)
    .forUpdate()
    .executeTakeFirstOrThrow(() => notFound(`document ${slug}`))
}

export type DocumentRefusal = 'stale' | 'adopted-by-decision'

/** A document is adopted by a decision and by nothing else, whatever else is known of it. */
export async function changeDocument(
  work: Work,
  slug: string,
  version: number,
  values: DocumentValues,
  today: Day,
): Promise<DocumentRefusal | null> {
  const row = await locked(work, slug)
  const refusal =
    row.version !== version
      ? 'stale'
      : values.state === 'adopted' && row.state !== 'adopted'
        ? 'adopted-by-decision'
        : null
  if (refusal) {
    await work.record('document.change-refused', `document/${slug}`, { refusal })
    return refusal
  }
  const before = { ...row, ...(await belongings(work, row.id)) }
  await work.trx.updateTable('document').set(columns(values)).where('id', '=', row.id).execute()
  await setBelongings(work, row.id, values, today)
  const after = { ...columns(values), ...wantedBelongings(values) }
  await work.record('document.changed', `document/${slug}`, rowDifference(before, after) ?? { nothing: true })
  return null
}

export type VersionRefusal = { code: 'decided' | 'later-version'; text: string }

/**
 * Adds a version that applies from a day; the one before it applied until then. Versions of a document that has been
 * adopted by a decision come with decisions.
 */
export async function addVersion(
  work: Work,
  slug: string,
  { label, from }: { label: string; from: Day },
  today: Day,
): Promise<number | VersionRefusal> {
  const document = await locked(work, slug)
  const latest = await work.trx
    .selectFrom('document_version')
    .select(['id', 'label', 'valid', 'adopted_effect_id'])
    .where('document_id', '=', document.id)
    .orderBy('valid', 'desc')
    .limit(1)
    .executeTakeFirst()
  const since = latest && parseRange(latest.valid).from
  const refusal: VersionRefusal | null =
    latest && latest.adopted_effect_id !== null
      ? { code: 'decided', text: `Versionen ”${latest.label}” gäller enligt beslut. En ny version beslutas också.` }
      : since && since >= from
        ? {
            code: 'later-version',
            text: `Versionen ”${latest.label}” gäller från ${dayText(since)}. Den nya ska börja gälla efter det.`,
          }
        : null
  if (refusal) {
    await work.record('document.version-refused', `document/${slug}`, { refusal: refusal.code })
    return refusal
  }
  if (latest) {
    const { from: began, to } = parseRange(latest.valid)
    if (to === null || to > from) {
      await work.trx
        .updateTable('document_version')
        .set({ valid: rangeText({ from: began, to: from }) })
        .where('id', '=', latest.id)
        .execute()
    }
  }
  const valid = rangeText({ from, to: null })
  const { id } = await work.trx
    .insertInto('document_version')
    .values({ document_id: document.id, label, valid, provenance_id: await typedHere(work, today) })
    .returning('id')
    .executeTakeFirstOrThrow()
  await work.record('document.version-added', `document/${slug}`, { version: id, label, valid })
  return id
}

/** Removes a version that was a mistake, with its files; the one before it applies again. */
export async function removeVersion(work: Work, slug: string, versionId: number): Promise<'decided' | null> {
  const document = await locked(work, slug)
  const version = await work.trx
    .selectFrom('document_version')
    .select(['id', 'label', 'valid', 'adopted_effect_id'])
    .where('document_id', '=', document.id)
    .where('id', '=', versionId)
    .executeTakeFirstOrThrow(() => notFound(`version ${versionId} of ${slug}`))
  if (version.adopted_effect_id !== null) {
    await work.record('document.version-refused', `document/${slug}`, { refusal: 'decided', version: versionId })
    return 'decided'
  }
  const { from, to } = parseRange(version.valid)
  await work.trx.deleteFrom('document_version').where('id', '=', versionId).execute()
  if (from !== null) {
    const before = (
      await work.trx
        .selectFrom('document_version')
        .select(['id', 'valid'])
        .where('document_id', '=', document.id)
        .execute()
    ).find(({ valid }) => parseRange(valid).to === from)
    if (before) {
      await work.trx
        .updateTable('document_version')
        .set({ valid: rangeText({ from: parseRange(before.valid).from, to }) })
        .where('id', '=', before.id)
        .execute()
    }
  }
  await work.record('document.version-removed', `document/${slug}`, {
    before: { label: version.label, valid: version.valid },
    after: null,
  })
  return null
}

/** Keeps a file under a version of the document. */
export async function addFile(
  work: Work,
  slug: string,
  versionId: number,
  file: { name: string; bytes: Uint8Array; read?: FileText },
  title: string | null,
): Promise<void> {
  const document = await locked(work, slug)
  await work.trx
    .selectFrom('document_version')
    .select('id')
    .where('id', '=', versionId)
    .where('document_id', '=', document.id)
    .executeTakeFirstOrThrow(() => notFound(`version ${versionId} of ${slug}`))
  const stored = await storeFile(work, file.bytes, file.name, file.read)
  const shown = title ?? stored.fileName.replace(/\.[^.]+$/, '')
  const attachment = await attachFile(work, stored, shown, { documentVersionId: versionId })
  await work.record('document.file-added', `document/${slug}`, { attachment, version: versionId, title: shown })
}

export async function removeFile(work: Work, slug: string, attachment: { id: number; title: string }): Promise<void> {
  await detachFile(work, attachment.id)
  await work.record('document.file-removed', `document/${slug}`, { attachment: attachment.id, title: attachment.title })
}

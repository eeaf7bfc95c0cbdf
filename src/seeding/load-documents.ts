import type { Work } from '../audit/work.ts'
import { rangeText } from '../db/ranges.ts'
import type { DatePrecision } from '../db/schema.ts'
import { addDays, type Day, lastDayOf } from '../kernel/dates.ts'
import { at, groundOf, type PartialGround, readFactFile } from './fact-file.ts'
import { FactsError, type References, type VagueDate } from './facts.ts'
import { type DocumentFacts, documentsFile, type Parties } from './format-documents.ts'

/**
 * Loads documents.json: documents with their parties, versions, matters and links. Organisations,
 * bodies and matters must be there. Without the file nothing is loaded.
 * @throws FactsError naming file and place
 */
export async function loadDocuments(work: Work, refs: References, folder: string): Promise<void> {
  const file = await readFactFile(folder, 'documents.json', documentsFile)
  for (const [index, document] of (file ?? []).entries()) {
    await at(`documents.json: [${index}] (${document.slug})`, () => loadDocument(work, refs, document, index + 1))
  }
}

async function loadDocument(work: Work, refs: References, document: DocumentFacts, place: number): Promise<void> {
  const { trx } = work
  const { inForce } = document
  const { id: document_id } = await trx
    .insertInto('document')
    .values({
      slug: document.slug,
      title: document.title,
      kind: document.kind,
      state: document.state,
      state_text: document.stateText ?? null,
      summary: document.summary ?? null,
      owner_text: document.owner ?? null,
      owner_body_id: await refs.idOrNull('body', document.ownerBody),
      national: document.national,
      position: place,
      ...dated('dated', document.dated),
      in_force: inForce ? rangeText({ from: inForce.from.on, to: inForce.to ? dayAfter(inForce.to) : null }) : null,
      in_force_precision: inForce?.from.precision ?? null,
      ...dated('last_revised', document.lastRevised),
      ...dated('revision_due', document.revisionDue),
      revision_text: document.revisionText ?? null,
      provenance_id: await refs.provenance(groundOf(document, document)),
    })
    .returning('id')
    .executeTakeFirstOrThrow()

  if (document.parties) {
    const provenance_id = await refs.provenance(groundOf(document.parties, document))
    for (const organisation_id of await partyIds(work, refs, document.parties.who)) {
      await trx.insertInto('document_party').values({ document_id, organisation_id, provenance_id }).execute()
    }
  }
  for (const version of document.versions) {
    await trx
      .insertInto('document_version')
      .values({
        document_id,
        label: version.label,
        valid: rangeText({ from: version.from, to: version.to ? addDays(version.to, 1) : null }),
        provenance_id: await refs.provenance(groundOf(version, document)),
      })
      .execute()
  }
  for (const matter of document.matters) {
    const matter_id = await refs.id('matter', matter)
    await trx.insertInto('document_matter').values({ document_id, matter_id }).execute()
  }
  await loadLinks(work, refs, document.links, document, { document_id })
  await work.record('document.registered', `document/${document.slug}`, { title: document.title })
}

/** Inserts the links of one thing, whichever it is. */
export async function loadLinks(
  work: Work,
  refs: References,
  links: (PartialGround & { label: string; url: string })[],
  whole: PartialGround & { source: string },
  of: Partial<
    Record<
      'document_id' | 'plan_area_id' | 'activity_id' | 'project_id' | 'matter_id' | 'body_id' | 'agenda_item_id',
      number
    >
  >,
): Promise<void> {
  for (const [index, link] of links.entries()) {
    const provenance_id = await refs.provenance(groundOf(link, whole))
    const { label, url } = link
    await work.trx
      .insertInto('link')
      .values({ label, url, position: index + 1, provenance_id, ...of })
      .execute()
  }
}

/** The day after the last day of a period: where a range that holds the period ends. */
export function dayAfter({ on, precision }: VagueDate): Day {
  return addDays(lastDayOf(on, precision), 1)
}

type DateColumns<Name extends string> = Record<`${Name}_on`, Day | null> &
  Record<`${Name}_precision`, DatePrecision | null>

/** The two columns of a vague date: `NAME_on` and `NAME_precision`. */
export function dated<Name extends string>(name: Name, date: VagueDate | undefined): DateColumns<Name> {
  return { [`${name}_on`]: date?.on ?? null, [`${name}_precision`]: date?.precision ?? null } as DateColumns<Name>
}

/**
 * The ids of parties: named, or every party of one kind.
 * @throws FactsError when there are none
 */
export async function partyIds(work: Work, refs: References, parties: Parties): Promise<number[]> {
  if (typeof parties !== 'string') return Promise.all(parties.map((slug) => refs.id('organisation', slug)))
  let query = work.trx
    .selectFrom('organisation')
    .select('id')
    .where('is_party', '=', true)
    .orderBy('position')
    .orderBy('id')
  if (parties !== 'all') query = query.where('kind', '=', parties === 'municipalities' ? 'municipality' : 'region')
  const ids = (await query.execute()).map(({ id }) => id)
  if (ids.length === 0) throw new FactsError(`"${parties}" names no party among the organisations`)
  return ids
}

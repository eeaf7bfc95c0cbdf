/** The documents of a year: adopted by the groups that own them, each version with a file that can be searched. */
import { createHash } from 'node:crypto'
import type { Work } from '../../audit/work.ts'
import { addDays, type Day, yearOf } from '../../kernel/dates.ts'
import { slugify } from '../../kernel/text.ts'
import { insertNamed, insertRows, known } from './bulk.ts'
import { share } from './sizes.ts'
import type { CountyState, LivingBody } from './state.ts'
import { documentNames, paragraph, subjects } from './words.ts'

/** Writes the documents and lets their adoption wait for a meeting of the group that owns them. */
export async function draftDocuments(
  work: Work,
  state: CountyState,
  year: number,
  bodies: readonly LivingBody[],
  ground: number,
) {
  const { random, sizes, firstYear, ids } = state
  const count = share(sizes.documents, year - firstYear, sizes.years)
  const drafts = Array.from({ length: count }, (_, place) => {
    const body = bodies[place % bodies.length] as LivingBody
    const [kind, word] = random.one(documentNames)
    const subject = random.one(subjects)
    const title = `${word} ${subject}, dokument ${year}:${place + 1}`
    return { body, kind, subject, title, slug: slugify(title) }
  })
  const made = await insertNamed(
    work,
    'document',
    drafts.map(({ body, kind, subject, title, slug }, place) => ({
      slug,
      title,
      kind,
      state: 'draft',
      summary: paragraph(random, subject),
      owner_body_id: body.id,
      position: state.counted.documents + place + 1,
      dated_on: `${year}-01-15`,
      dated_precision: 'day',
      provenance_id: ground,
    })),
  )
  state.counted.documents += drafts.length
  for (const [slug, id] of made) ids.document.set(slug, id)
  const agreements = drafts.filter(({ kind }) => kind === 'agreement')
  const parties = state.parties.map((slug) => known(ids.organisation, slug))
  const each = agreements.flatMap(({ slug }) =>
    parties.map((organisation_id) => ({ document_id: known(made, slug), organisation_id, provenance_id: ground })),
  )
  await insertRows(work, 'document_party', each)
  await insertRows(
    work,
    'party_position',
    each.map((row) => {
      const decided = year < state.lastYear || random.chance(0.6)
      return {
        ...row,
        as_of: `${year}-12-01`,
        state: decided ? 'decided' : 'planned',
        decided_by: decided ? 'Nämnden' : null,
        decided_on: decided ? addDays(`${year}-03-01` as Day, random.below(200)) : null,
        decided_precision: decided ? 'day' : null,
      }
    }),
  )
  await insertRows(
    work,
    'document_matter',
    drafts
      .filter((_, place) => place % 3 === 0)
      .map(({ slug }) => ({ document_id: known(made, slug), matter_id: known(ids.matter, random.one(state.matters)) })),
  )
  const older = state.documents.filter(({ owner, adopted }) => {
    const body = state.bodies.get(owner)
    return body !== undefined && bodies.includes(body) && adopted !== null && yearOf(adopted) <= year - 3
  })
  const renewed = Array.from({ length: Math.min(older.length, Math.floor(count / 8)) }, () => random.one(older))
  for (const { body, slug, title } of drafts) {
    const document = { slug, title, owner: body.slug, adopted: null as Day | null }
    state.documents.push(document)
    body.waiting.push(adoption(state, document, `${title} antas`, 'Första versionen', `${year}-01-16` as Day))
  }
  for (const document of new Set(renewed)) {
    const body = known(state.bodies, document.owner)
    body.waiting.push(
      adoption(state, document, `${document.title}, ny version ${year}`, `Version ${year}`, `${year}-02-01` as Day),
    )
  }
}

function adoption(
  { ids }: CountyState,
  document: CountyState['documents'][number],
  title: string,
  version: string,
  notBefore: Day,
): LivingBody['waiting'][number] {
  return {
    ready: (day) => day >= notBefore && (document.adopted === null || document.adopted < day),
    decide: ({ day }) => {
      document.adopted = day
      return {
        kind: 'decision',
        title,
        clause: null,
        effects: [
          {
            kind: 'document_adopted',
            document_id: known(ids.document, document.slug),
            details: JSON.stringify({ version }),
          },
        ],
        document: document.slug,
      }
    },
  }
}

/** Every version that has been adopted and has no file yet gets one, with words of its own. */
export async function keepFiles(work: Work, state: CountyState): Promise<number> {
  const { random } = state
  const versions = await work.trx
    .selectFrom('document_version')
    .innerJoin('document', 'document.id', 'document_version.document_id')
    .leftJoin('attachment', 'attachment.document_version_id', 'document_version.id')
    .select(['document_version.id', 'document_version.label', 'document.title', 'document.slug'])
    .where('attachment.id', 'is', null)
    .orderBy('document_version.id')
    .execute()
  const files = versions.map(({ id, label, title, slug }) => {
    const chapters = Array.from(
      { length: 6 },
      (_, place) => `${place + 1}. ${paragraph(random, random.one(subjects), 5)}`,
    )
    const text = [`${title}. ${label}. Nummer ${id}.`, ...chapters].join('\n\n')
    const sha256 = `\\x${createHash('sha256').update(text).digest('hex')}`
    return { id, title, text, sha256, file_name: `${slug.slice(0, 100)}.txt` }
  })
  const stored = await insertRows<{ id: number; sha256: Buffer }>(
    work,
    'file',
    files.map(({ text, sha256 }) => ({
      sha256,
      bytes: `\\x${Buffer.from(text).toString('hex')}`,
      media_type: 'text/plain',
    })),
    ['id', 'sha256'],
  )
  const idOf = new Map(stored.map(({ id, sha256 }) => [`\\x${sha256.toString('hex')}`, id]))
  await insertRows(
    work,
    'file_text',
    files.map(({ text, sha256 }) => ({ file_id: known(idOf, sha256), content: text, looked_through: true })),
  )
  await insertRows(
    work,
    'attachment',
    files.map(({ id, title, sha256, file_name }) => ({
      file_id: known(idOf, sha256),
      file_name,
      title,
      position: 1,
      document_version_id: id,
      added_by: work.actor.name,
    })),
  )
  return files.length
}

import { sql } from 'kysely'
import { typedHere } from '../audit/provenance.ts'
import type { Work } from '../audit/work.ts'
import type { Reader } from '../db/database.ts'
import type { PageExclusion } from '../db/schema.ts'
import { slugify } from '../kernel/text.ts'

// Persons as people write them in forms: by name. A namesake is told apart by the address: 'Testa Testsson (testa-testsson-2)'.

/** The words that a field suggests: names, with the address where several bear the same. */
export async function personSuggestions(db: Reader): Promise<string[]> {
  const people = await db
    .selectFrom('person')
    .select(['name', 'slug'])
    .where((eb) => eb.or([eb('no_page_because', 'is', null), eb('no_page_because', '!=', 'uncertain_reading')]))
    .orderBy(sql`name collate "sv-x-icu"`)
    .execute()
  const counts = new Map<string, number>()
  for (const { name } of people) counts.set(name, (counts.get(name) ?? 0) + 1)
  return people.map(({ name, slug }) => ((counts.get(name) ?? 0) > 1 ? `${name} (${slug})` : name))
}

export type NamedPerson =
  | { found: 'one'; id: number; name: string }
  | { found: 'none'; name: string; similar: readonly string[] }
  | { found: 'several'; name: string; choices: readonly string[] }

/** Whitespace as people paste it. */
export const plainName = (text: string) => text.replace(/\s+/g, ' ').trim()

/**
 * Who a typed name means. Of namesakes the one who sits, or has sat, in the body is meant; otherwise nobody is guessed.
 * @param bodyId the body that the form is about
 */
export async function personNamed(db: Reader, typed: string, bodyId: number | null = null): Promise<NamedPerson> {
  const parts = /^(.+?)\s*\(([a-z0-9-]+)\)$/.exec(plainName(typed))
  const name = plainName(parts?.[1] ?? typed)
  const people = await db
    .selectFrom('person')
    .select(['id', 'name', 'slug'])
    .where(sql<string>`lower(name)`, '=', name.toLowerCase())
    .$if(parts !== null, (query) => query.where('slug', '=', parts?.[2] as never))
    .orderBy('id')
    .execute()
  const [only] = people
  if (only && people.length === 1) return { found: 'one', id: only.id, name: only.name }
  if (people.length === 0) return { found: 'none', name, similar: await similarNames(db, name) }
  if (bodyId !== null) {
    const seated = await db
      .selectFrom('membership')
      .select('person_id')
      .distinct()
      .where('body_id', '=', bodyId)
      .where(
        'person_id',
        'in',
        people.map(({ id }) => id),
      )
      .execute()
    const meant = people.find(({ id }) => id === seated[0]?.person_id)
    if (seated.length === 1 && meant) return { found: 'one', id: meant.id, name: meant.name }
  }
  return { found: 'several', name, choices: people.map((one) => `${one.name} (${one.slug})`) }
}

/** Names in the register that a misspelt one may mean. */
async function similarNames(db: Reader, name: string): Promise<string[]> {
  const rows = await db
    .selectFrom('person')
    .select('name')
    .distinct()
    .select(sql<number>`similarity(name, ${name})`.as('likeness'))
    .where(sql<boolean>`similarity(name, ${name}) > 0.5`)
    .orderBy('likeness', 'desc')
    .limit(3)
    .execute()
  return rows.map((row) => row.name)
}

/** What is said of a name that nobody in the register bears, until somebody says that the person is new. */
export function unknownPersonText({ name, similar }: { name: string; similar: readonly string[] }): string {
  const hint = similar.length === 0 ? '' : ` Menar du ${similar.join(' eller ')}?`
  return `${name} finns inte i registret.${hint} Kontrollera stavningen, eller kryssa i att personen är ny.`
}

export function severalPersonsText({ name, choices }: { name: string; choices: readonly string[] }): string {
  return `Flera i registret heter ${name}. Skriv vem du menar: ${choices.join(' eller ')}.`
}

/** Puts a new person in the register. A name has no digits: no personal identity number reaches the database. */
export async function addPerson(
  work: Work,
  typed: string,
  noPageBecause: PageExclusion | null = null,
): Promise<number> {
  const name = plainName(typed)
  const base = slugify(name) || 'person'
  const rows = await work.trx
    .selectFrom('person')
    .select('slug')
    .where('slug', 'like', `${base}%` as never)
    .execute()
  const taken = new Set(rows.map(({ slug }) => slug as string))
  let slug = base
  for (let number = 2; taken.has(slug); number += 1) slug = `${base}-${number}`
  const { id } = await work.trx
    .insertInto('person')
    .values({ name, slug, no_page_because: noPageBecause, provenance_id: await typedHere(work) })
    .returning('id')
    .executeTakeFirstOrThrow()
  await work.record('person.added', `person/${slug}`, { name })
  return id
}

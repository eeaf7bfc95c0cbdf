import { createHash, randomBytes } from 'node:crypto'
import { type Kysely, sql } from 'kysely'
import type { Work } from '../audit/work.ts'
import type { Database, Reader } from '../db/database.ts'
import type { Day } from '../kernel/dates.ts'

// Links in letters that let somebody without an account report once. Only a hash of the secret is kept, and the address
// that it went to nowhere.

/** What a link lets its receiver report. */
export type LinkAbout =
  | { purpose: 'plan_follow_up'; planId: number }
  | { purpose: 'party_position'; documentId: number; organisationId: number }

export type MailedLink = LinkAbout & { sentBy: string; validUntil: Day }

/** What is wrong with a link. */
export type LinkTrouble = 'unknown' | 'used' | 'expired'

const hashOf = (token: string) => createHash('sha256').update(token).digest()

/** Makes a link when its letter is sent. @returns the secret that stands in the address */
export async function makeMailedLink(
  db: Pick<Kysely<Database>, 'insertInto'>,
  about: LinkAbout,
  { sentBy, validUntil }: { sentBy: string; validUntil: Day },
): Promise<string> {
  const token = randomBytes(32).toString('base64url')
  await db
    .insertInto('mailed_link')
    .values({
      token_hash: hashOf(token),
      purpose: about.purpose,
      plan_id: about.purpose === 'plan_follow_up' ? about.planId : null,
      document_id: about.purpose === 'party_position' ? about.documentId : null,
      organisation_id: about.purpose === 'party_position' ? about.organisationId : null,
      sent_by: sentBy,
      valid_until: validUntil,
    })
    .execute()
  return token
}

/** What a link is for, or why it does not work. Looking uses nothing up: mail filters look too. */
export async function readMailedLink(db: Reader, token: string, today: Day): Promise<MailedLink | LinkTrouble> {
  const link = await db
    .selectFrom('mailed_link')
    .select(['purpose', 'plan_id', 'document_id', 'organisation_id', 'sent_by', 'valid_until', 'used_at'])
    .where('token_hash', '=', hashOf(token))
    .executeTakeFirst()
  if (!link) return 'unknown'
  if (link.used_at !== null) return 'used'
  if (link.valid_until < today) return 'expired'
  const rest = { sentBy: link.sent_by, validUntil: link.valid_until as Day }
  if (link.plan_id !== null) return { purpose: 'plan_follow_up', planId: link.plan_id, ...rest }
  if (link.document_id === null || link.organisation_id === null) return 'unknown'
  return {
    purpose: 'party_position',
    documentId: link.document_id,
    organisationId: link.organisation_id,
    ...rest,
  }
}

/** Uses the link up, in the change that it lets its receiver make; of two at once only one gets true. */
export async function useMailedLink(work: Work, token: string, today: Day): Promise<boolean> {
  const { numUpdatedRows } = await work.trx
    .updateTable('mailed_link')
    .set({ used_at: sql`now()` })
    .where('token_hash', '=', hashOf(token))
    .where('used_at', 'is', null)
    .where('valid_until', '>=', today)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

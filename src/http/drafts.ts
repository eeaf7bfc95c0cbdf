import { type Kysely, sql } from 'kysely'
import { z } from 'zod'
import type { Database, Reader } from '../db/database.ts'
import { momentText } from '../kernel/dates.ts'
import { badRequest } from '../kernel/errors.ts'
import { draftsPath, withQuery } from '../kernel/urls.ts'
import { type Typed, withoutNumbers } from './forms.ts'
import { type Identity, signedIn } from './permissions.ts'
import type { App, Room } from './server.ts'

// What somebody has typed and not yet saved. It is theirs alone, is no part of any register and leaves no audit event.
// A form takes part by carrying two hidden fields: `formular`, its name ('protokoll/2026-03-06-…'), and `tillbaka`, its
// own address; views/parts/draft.eta makes both. A button with
// formaction="/arbetsyta/utkast" keeps it without a script; public/autosave.js does it for forms with data-autosave.

/** Days that a draft is kept when nobody comes back to it. */
const draftDays = 30

/** Characters of a draft: about what a form may send. */
const mostTyped = 900_000

/** What a form shows of a draft that was found. */
export type Draft = { typed: Typed; savedAt: string }

/** The hidden fields of a form that is kept as a draft, and what stands before it when a draft was found. */
export type DraftPart = {
  /** The form's name, the same each time it is opened. */
  form: string
  /** The form's own address. */
  back: string
  /** When what is shown was kept, if it is a draft. */
  savedAt: string | null
}

declare module './view.ts' {
  interface Parts {
    'parts/draft': DraftPart
    'parts/draft-notice': DraftPart
  }
}

type Who = Pick<Identity, 'actor'>

const ownerOf = ({ actor }: Who) =>
  actor.accountId === undefined ? `name ${actor.name}` : `account ${actor.accountId}`

/** The person's own draft of the form, if there is one. */
export async function draftOf(db: Reader, who: Who, form: string): Promise<Draft | null> {
  const row = await db
    .selectFrom('form_draft')
    .select(['typed', 'saved_at'])
    .where('owner', '=', ownerOf(who))
    .where('form', '=', form)
    .executeTakeFirst()
  return row ? { typed: row.typed as Typed, savedAt: momentText(row.saved_at) } : null
}

/** Keeps what is typed. Only the newest is kept, and what has lain for thirty days goes. */
export async function keepDraft(db: Kysely<Database>, who: Who, form: string, typed: Typed): Promise<void> {
  await db
    .deleteFrom('form_draft')
    .where('saved_at', '<', sql<Date>`now() - make_interval(days => ${draftDays})`)
    .execute()
  await db
    .insertInto('form_draft')
    .values({ owner: ownerOf(who), form, typed: JSON.stringify(withoutNumbers(typed).clean) })
    .onConflict((conflict) =>
      conflict.columns(['owner', 'form']).doUpdateSet((eb) => ({
        typed: eb.ref('excluded.typed'),
        saved_at: sql<Date>`now()`,
      })),
    )
    .execute()
}

/** The form has been saved, or its draft thrown away. */
export async function forgetDraft(db: Pick<Kysely<Database>, 'deleteFrom'>, who: Who, form: string): Promise<void> {
  await db.deleteFrom('form_draft').where('owner', '=', ownerOf(who)).where('form', '=', form).execute()
}

/** Names of the person's drafts that begin so, newest first: what is half done. */
export async function draftsOf(db: Reader, who: Who) {
  const rows = await db
    .selectFrom('form_draft')
    .select(['form', 'saved_at', sql<string | null>`typed ->> 'tillbaka'`.as('back')])
    .where('owner', '=', ownerOf(who))
    .orderBy('saved_at', 'desc')
    .execute()
  return rows.map(({ form, saved_at, back }) => ({ form, back, savedAt: momentText(saved_at) }))
}

const draftForm = z.looseObject({
  formular: z.string().trim().min(1).max(300),
  // Only back into the portal: a path of its own, never '//elsewhere'.
  tillbaka: z
    .string()
    .regex(/^\/(?![/\\])[^\s\\]*$/)
    .max(1000),
  slang: z.string().optional(),
})

/** Where forms are kept while they are being filled in: by the button, or by public/autosave.js every few seconds. */
export const draftRoutes =
  ({ db }: Room) =>
  async (app: App) => {
    app.post(draftsPath, { config: { may: signedIn, cache: 'private' } }, async (request, reply) => {
      const { success, data } = draftForm.safeParse(request.body)
      const who = request.identity
      if (!success || who === null) throw badRequest('Utkastet gick inte att läsa.')
      const { formular, tillbaka, slang, ...fields } = data
      if (slang !== undefined) {
        await forgetDraft(db, who, formular)
        return reply.seeOther(tillbaka)
      }
      const typed = { ...fields, tillbaka } as Typed
      if (JSON.stringify(typed).length > mostTyped) throw badRequest('Utkastet är för stort för att sparas.')
      await keepDraft(db, who, formular, typed)
      if (request.headers['x-autosave'] !== undefined) return reply.code(204).send()
      return reply.seeOther(withQuery(tillbaka, { utkast: 'sparat' }))
    })
  }

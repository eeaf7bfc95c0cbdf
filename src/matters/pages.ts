import { sql } from 'kysely'
import { z } from 'zod'
import type { Reader } from '../db/database.ts'
import { asking, type EditPage, type Notice, optionsOf, type RegisterPage } from '../http/edit-page.ts'
import {
  chosenIds,
  linkLines,
  linkLinesHint,
  linkText,
  optionalDay,
  optionalId,
  optionalText,
  requiredText,
  versionField,
} from '../http/field-values.ts'
import { type FormState, untouched } from '../http/fields.ts'
import type { Crumb } from '../http/view.ts'
import { type Day, dayText } from '../kernel/dates.ts'
import { notFound } from '../kernel/errors.ts'
import { counted } from '../kernel/text.ts'
import { editMatterPath, matterPath, matterRegisterPath, registersPath, workspacePath } from '../kernel/urls.ts'
import { type MatterRefusal, type MatterValues, matterBelongings } from './changes.ts'

const crumbs = (last: string): Crumb[] => [
  { text: 'Arbetsyta', path: workspacePath },
  { text: 'Register', path: registersPath },
  ...(last === '' ? [{ text: 'Ärenden' }] : [{ text: 'Ärenden', path: matterRegisterPath }, { text: last }]),
]

export const matterForm = z
  .object({
    version: versionField.optional(),
    titel: requiredText('Skriv ärendets titel.'),
    sammanfattning: optionalText(),
    diarienummer: optionalText(100),
    lage: optionalText(1000),
    grupp: optionalId,
    grupper: chosenIds,
    dokument: chosenIds,
    lankar: linkLines,
    avslutat: optionalDay,
  })
  .transform((typed) => {
    const values: MatterValues = {
      title: typed.titel,
      summary: typed.sammanfattning,
      registryNumber: typed.diarienummer,
      stateText: typed.lage,
      bodyId: typed.grupp,
      bodyIds: typed.grupper,
      documentIds: typed.dokument,
      links: typed.lankar,
      closedOn: typed.avslutat,
    }
    return { version: typed.version ?? 0, values }
  })

export const matterRefusals: Record<Exclude<MatterRefusal, 'stale'>, { field: string; text: string }> = {
  'number-taken': { field: 'diarienummer', text: 'Ett annat ärende har redan diarienumret.' },
}

/** The matters that the person keeps; `kept` null: all of them. */
export async function matterRegisterPage(db: Reader, kept: ReadonlySet<string> | null): Promise<RegisterPage> {
  const rows = await db
    .selectFrom('matter')
    .leftJoin('body', 'body.id', 'matter.body_id')
    .select(['matter.slug', 'matter.title', 'matter.registry_number', 'matter.closed_on', 'body.short_name as owner'])
    .$if(kept !== null, (query) => query.where('body.slug', 'in', [...(kept ?? []), ''] as never[]))
    .orderBy(sql`matter.closed_on is not null`)
    .orderBy(sql`matter.title collate "sv-x-icu"`)
    .execute()
  return {
    head: { title: 'Ärenden i registret', crumbs: crumbs(''), hidden: true },
    lead: counted(rows.length, 'ärende', 'ärenden'),
    notices: [],
    ways: [],
    tables: [
      {
        anchor: 'arenden',
        title: 'Ärenden',
        columns: [{ text: 'Ärende' }, { text: 'Diarienummer' }, { text: 'Grupp' }, { text: 'Läge' }],
        rows: rows.map(({ slug, title, registry_number, closed_on, owner }) => [
          { text: title, path: editMatterPath(slug) },
          { text: registry_number ?? '–' },
          { text: owner ?? '–' },
          closed_on === null
            ? { text: '', tag: { text: 'pågår', tone: 'info' } }
            : { text: '', tag: { text: `avslutat ${dayText(closed_on as Day)}`, tone: 'neutral' } },
        ]),
        none: 'Inga ärenden.',
        add: { text: 'Lägg till ärende', path: editMatterPath('nytt') },
      },
    ],
  }
}

/** The form of a matter; null is a new one. @throws PortalError not-found */
export async function matterEditPage(
  db: Reader,
  slug: string | null,
  kept: ReadonlySet<string> | null,
  form: FormState = untouched,
  notices: readonly Notice[] = [],
): Promise<EditPage> {
  const row =
    slug === null
      ? null
      : await db
          .selectFrom('matter')
          .selectAll()
          .where('slug', '=', slug as never)
          .executeTakeFirstOrThrow(() => notFound(`matter ${slug}`))
  const [bodies, documents, belongings] = [
    await db.selectFrom('body').select(['id', 'slug', 'name']).orderBy(sql`name collate "sv-x-icu"`).execute(),
    await db.selectFrom('document').select(['id', 'title as name']).orderBy(sql`title collate "sv-x-icu"`).execute(),
    row ? await matterBelongings(db, row.id) : { bodies: [], documents: [], links: [] },
  ]
  const { field, area, select, boxes } = asking(form)
  const title = row?.title ?? 'Nytt ärende'
  return {
    head: { title, crumbs: crumbs(title), hidden: true },
    lead: 'Mötespunkter kopplas till ärendet på dagordningen.',
    problems: form.problems,
    notices,
    path: editMatterPath(row?.slug ?? 'nytt'),
    hidden: row ? [{ name: 'version', value: String(row.version) }] : [],
    ways: row ? [{ text: 'Sidan som den visas för alla', path: matterPath(row.slug) }] : [],
    groups: [
      {
        legend: 'Ärendet',
        questions: [
          field('titel', 'Titel', row?.title, { required: true }),
          area('sammanfattning', 'I korthet', row?.summary, { rows: 4 }),
          field('diarienummer', 'Diarienummer', row?.registry_number),
          area('lage', 'Läget i ord', row?.state_text, { rows: 2 }),
          field('avslutat', 'Avslutat den', row?.closed_on, { type: 'date', hint: 'Tomt så länge ärendet pågår.' }),
        ],
      },
      {
        legend: 'Hör ihop med',
        questions: [
          select(
            'grupp',
            'Grupp som håller i ärendet',
            row?.body_id,
            optionsOf(bodies.filter((body) => kept === null || kept.has(body.slug) || body.id === row?.body_id)),
            { empty: kept === null ? 'Ingen grupp' : 'Välj grupp' },
          ),
          boxes('grupper', 'Andra grupper som berörs', belongings.bodies.map(String), optionsOf(bodies)),
          boxes('dokument', 'Dokument', belongings.documents.map(String), optionsOf(documents)),
          area('lankar', 'Länkar', linkText(belongings.links), { hint: linkLinesHint }),
        ],
      },
    ],
    submit: row ? 'Spara' : 'Lägg till ärendet',
  }
}

import { sql } from 'kysely'
import { z } from 'zod'
import type { Reader } from '../db/database.ts'
import { parseRange, rangeText } from '../db/ranges.ts'
import type { OrganisationKind } from '../db/schema.ts'
import { asking, type EditPage, type Notice, optionsIn, optionsOf, type RegisterPage } from '../http/edit-page.ts'
import { optionalDay, optionalId, optionalText, requiredText, tickedBox, versionField } from '../http/field-values.ts'
import { type FormState, untouched } from '../http/fields.ts'
import type { Crumb } from '../http/view.ts'
import { addDays } from '../kernel/dates.ts'
import { notFound } from '../kernel/errors.ts'
import { counted } from '../kernel/text.ts'
import {
  editOrganisationPath,
  organisationRegisterPath,
  partyPath,
  registersPath,
  workspacePath,
} from '../kernel/urls.ts'
import type { OrganisationRefusal, OrganisationValues } from './register-changes.ts'
import { organisationKindNames } from './texts.ts'

const crumbs = (last: string): Crumb[] => [
  { text: 'Arbetsyta', path: workspacePath },
  { text: 'Register', path: registersPath },
  ...(last === ''
    ? [{ text: 'Organisationer' }]
    : [{ text: 'Organisationer', path: organisationRegisterPath }, { text: last }]),
]

export const organisationForm = z
  .object({
    version: versionField.optional(),
    namn: requiredText('Skriv organisationens namn.'),
    namn_fran: optionalDay,
    kortnamn: requiredText('Skriv ett kort namn.', 60),
    slag: z.enum(Object.keys(organisationKindNames) as [OrganisationKind, ...OrganisationKind[]], 'Välj slag.'),
    del_av: optionalId,
    kommunkod: z
      .string()
      .trim()
      .regex(/^(|\d{4})$/, 'En kommunkod har fyra siffror.')
      .default('')
      .transform((text) => text || null),
    part: tickedBox,
    vardslag: optionalText(200),
    anteckning: optionalText(),
    galler_fran: optionalDay,
    galler_till: optionalDay,
  })
  .refine(({ slag, kommunkod }) => kommunkod === null || slag === 'municipality', {
    path: ['kommunkod'],
    message: 'Bara kommuner har kommunkod.',
  })
  .refine(({ galler_fran: from, galler_till: until }) => from === null || until === null || from <= until, {
    path: ['galler_till'],
    message: 'Organisationen ska inte upphöra innan den finns.',
  })
  .transform((typed) => {
    const values: OrganisationValues = {
      name: typed.namn,
      nameFrom: typed.namn_fran,
      shortName: typed.kortnamn,
      kind: typed.slag,
      parentId: typed.del_av,
      municipalCode: typed.kommunkod,
      isParty: typed.part,
      careKind: typed.vardslag,
      note: typed.anteckning,
      valid: rangeText({ from: typed.galler_fran, to: typed.galler_till ? addDays(typed.galler_till, 1) : null }),
    }
    return { version: typed.version ?? 0, values }
  })

export const organisationRefusals: Record<Exclude<OrganisationRefusal, 'stale'>, { field: string; text: string }> = {
  'code-taken': { field: 'kommunkod', text: 'En annan kommun har redan koden.' },
  'within-itself': {
    field: 'del_av',
    text: 'En organisation kan inte vara en del av sig själv eller av sina egna delar.',
  },
}

export async function organisationRegisterPage(db: Reader): Promise<RegisterPage> {
  const rows = await db
    .selectFrom('organisation')
    .leftJoin('organisation as whole', 'whole.id', 'organisation.parent_id')
    .select([
      'organisation.slug',
      'organisation.name',
      'organisation.kind',
      'organisation.is_party',
      'whole.short_name as within',
    ])
    .orderBy('organisation.position')
    .orderBy('organisation.id')
    .execute()
  return {
    head: { title: 'Organisationer i registret', crumbs: crumbs(''), hidden: true },
    lead: counted(rows.length, 'organisation', 'organisationer'),
    notices: [],
    ways: [],
    tables: [
      {
        anchor: 'organisationer',
        title: 'Organisationer',
        columns: [{ text: 'Namn' }, { text: 'Slag' }, { text: 'Del av' }, { text: 'Part' }],
        rows: rows.map(({ slug, name, kind, within, is_party }) => [
          { text: name, path: editOrganisationPath(slug) },
          { text: organisationKindNames[kind] },
          { text: within ?? '–' },
          { text: is_party ? 'ja' : '–' },
        ]),
        none: 'Inga organisationer.',
        add: { text: 'Lägg till organisation', path: editOrganisationPath('ny') },
      },
    ],
  }
}

/** The form of an organisation; null is a new one. @throws PortalError not-found */
export async function organisationEditPage(
  db: Reader,
  slug: string | null,
  form: FormState = untouched,
  notices: readonly Notice[] = [],
): Promise<EditPage> {
  const row =
    slug === null
      ? null
      : await db
          .selectFrom('organisation')
          .selectAll()
          .where('slug', '=', slug as never)
          .executeTakeFirstOrThrow(() => notFound(`organisation ${slug}`))
  const others = await db
    .selectFrom('organisation')
    .select(['id', 'name'])
    .where('id', 'is distinct from', row?.id ?? null)
    .orderBy(sql`name collate "sv-x-icu"`)
    .execute()
  const { field, area, select, boxes } = asking(form)
  const valid = row ? parseRange(row.valid) : { from: null, to: null }
  const title = row?.name ?? 'Ny organisation'
  return {
    head: { title, crumbs: crumbs(title), hidden: true },
    problems: form.problems,
    notices,
    path: editOrganisationPath(row?.slug ?? 'ny'),
    hidden: row ? [{ name: 'version', value: String(row.version) }] : [],
    ways: row?.is_party ? [{ text: 'Sidan som den visas för alla', path: partyPath(row.short_name) }] : [],
    groups: [
      {
        legend: 'Namn',
        questions: [
          field('namn', 'Namn', row?.name, { required: true }),
          ...(row
            ? [
                field('namn_fran', 'Namnet gäller från', '', {
                  type: 'date',
                  hint: 'Bara om du byter namn. Det gamla namnet visas på dagar före den här. Tomt: från i dag.',
                }),
              ]
            : []),
          field('kortnamn', 'Kort namn', row?.short_name, {
            required: true,
            hint: row?.is_party ? 'Partens adress följer det korta namnet.' : null,
          }),
        ],
      },
      {
        legend: 'Vad den är',
        questions: [
          select('slag', 'Slag', row?.kind, optionsIn(organisationKindNames), {
            required: true,
            empty: row ? null : 'Välj',
          }),
          select('del_av', 'Del av', row?.parent_id, optionsOf(others), { empty: 'Ingen' }),
          field('kommunkod', 'Kommunkod', row?.municipal_code, { size: 6 }),
          boxes('part', 'Part', row?.is_party ? ['ja'] : [], [{ value: 'ja', text: 'Är part i överenskommelserna' }]),
          field('vardslag', 'Slags vård', row?.care_kind),
          field('galler_fran', 'Finns från', valid.from, { type: 'date', hint: 'Tomt om det inte framgår.' }),
          field('galler_till', 'Finns till och med', valid.to ? addDays(valid.to, -1) : '', { type: 'date' }),
          area('anteckning', 'Anteckning', row?.note),
        ],
      },
    ],
    submit: row ? 'Spara' : 'Lägg till organisationen',
  }
}

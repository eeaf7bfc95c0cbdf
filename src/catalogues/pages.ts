import { z } from 'zod'
import type { Reader } from '../db/database.ts'
import { asking, type EditPage, type Notice, optionsOf, type RegisterPage, type Table } from '../http/edit-page.ts'
import {
  linkLines,
  linkLinesHint,
  linkText,
  optionalDay,
  optionalId,
  optionalText,
  optionalUrl,
  optionalVagueDate,
  requiredText,
  vagueDateHint,
  versionField,
} from '../http/field-values.ts'
import { type FormState, untouched } from '../http/fields.ts'
import type { Tag } from '../http/parts.ts'
import type { Identity } from '../http/permissions.ts'
import { keeps } from '../http/permissions.ts'
import type { Crumb } from '../http/view.ts'
import { type Day, dateText, dayText } from '../kernel/dates.ts'
import { notFound } from '../kernel/errors.ts'
import { counted } from '../kernel/text.ts'
import {
  catalogueEntryPath,
  cataloguePath,
  catalogueRegisterPath,
  editCataloguePath,
  editProjectPath,
  projectRegisterPath,
  projectsPath,
  registersPath,
  workspacePath,
} from '../kernel/urls.ts'
import type { CatalogueValues, EntryValues, ProjectValues } from './changes.ts'
import { choices, keptCatalogue, keptEntries, keptProjects, linksOfProject } from './queries.ts'

/** The catalogues that have an address, and what they are called until somebody has described them. */
export const catalogueNames = {
  primarvardsdata: 'Gemensam primärvårdsdata',
  intressebanken: 'Intressebanken',
} as const
export type CatalogueName = keyof typeof catalogueNames
export const catalogueSlugs = Object.keys(catalogueNames) as [CatalogueName, ...CatalogueName[]]

const registers: Crumb[] = [
  { text: 'Arbetsyta', path: workspacePath },
  { text: 'Register', path: registersPath },
]
const catalogueCrumbs = (...last: Crumb[]): Crumb[] => [
  ...registers,
  last.length === 0 ? { text: 'Kataloger' } : { text: 'Kataloger', path: catalogueRegisterPath },
  ...last,
]

// ---------------------------------------------------------------- forms

export const catalogueForm = z
  .object({
    version: versionField.default(0),
    titel: requiredText('Skriv katalogens namn.', 200),
    sammanfattning: requiredText('Skriv vad katalogen är för.', 2000),
    grupp: optionalId,
    arende: optionalId,
    dokument: optionalId,
  })
  .transform(({ version, titel, sammanfattning, grupp, arende, dokument }) => {
    const values: CatalogueValues = {
      title: titel,
      summary: sammanfattning,
      body_id: grupp,
      matter_id: arende,
      document_id: dokument,
    }
    return { version, values }
  })

export const entryForm = z
  .object({
    version: versionField.default(0),
    titel: requiredText('Skriv postens namn.', 200),
    sammanfattning: requiredText('Skriv vad som finns.', 5000),
    bygger_pa: optionalText(2000),
    agare: optionalText(500),
    begransningar: optionalText(5000),
    lank: optionalUrl,
    ordning: z
      .string()
      .trim()
      .default('0')
      .transform((text) => text || '0')
      .pipe(z.string().regex(/^\d{1,4}$/, 'Skriv ordningen som ett tal, 0–9999.'))
      .transform(Number),
    utgick: optionalDay,
    darfor: optionalText(2000),
  })
  .superRefine(({ utgick, darfor }, context) => {
    if (utgick !== null && darfor === null)
      context.addIssue({ code: 'custom', path: ['darfor'], message: 'Skriv varför posten utgår.' })
    if (utgick === null && darfor !== null)
      context.addIssue({
        code: 'custom',
        path: ['utgick'],
        message: 'Skriv vilken dag posten utgår, eller ta bort skälet.',
      })
  })
  .transform((typed) => {
    const values: EntryValues = {
      title: typed.titel,
      summary: typed.sammanfattning,
      origin: typed.bygger_pa,
      owner: typed.agare,
      limits: typed.begransningar,
      url: typed.lank,
      position: typed.ordning,
      withdrawn_on: typed.utgick,
      withdrawn_because: typed.darfor,
    }
    return { version: typed.version, values }
  })

export const projectForm = z
  .object({
    version: versionField.default(0),
    namn: requiredText('Skriv projektets namn.', 200),
    sammanfattning: requiredText('Skriv vad projektet gör.', 5000),
    grupp: optionalId,
    arende: optionalId,
    finansiering: optionalText(1000),
    finansieringen_slutar: optionalVagueDate,
    darefter: optionalText(2000),
    lank: optionalUrl,
    lankar: linkLines,
    avslutat: optionalDay,
    hur_det_gick: optionalText(2000),
  })
  .superRefine(({ avslutat, hur_det_gick }, context) => {
    if (avslutat === null && hur_det_gick !== null)
      context.addIssue({ code: 'custom', path: ['avslutat'], message: 'Skriv vilken dag projektet avslutades.' })
  })
  .transform((typed) => {
    const values: ProjectValues = {
      name: typed.namn,
      summary: typed.sammanfattning,
      body_id: typed.grupp,
      matter_id: typed.arende,
      funding: typed.finansiering,
      funding_ends_on: typed.finansieringen_slutar?.on ?? null,
      funding_ends_precision: typed.finansieringen_slutar?.precision ?? null,
      afterwards: typed.darefter,
      url: typed.lank,
      ended_on: typed.avslutat,
      ended_text: typed.hur_det_gick,
    }
    return { version: typed.version, values, links: typed.lankar }
  })

// ---------------------------------------------------------------- catalogues

const standing = (withdrawn: string | null): Tag =>
  withdrawn === null
    ? { text: 'finns', tone: 'info' }
    : { text: `utgick ${dayText(withdrawn as Day)}`, tone: 'neutral' }

/** Both catalogues, with the entries of each. */
export async function catalogueRegisterPage(db: Reader, identity: Identity | null): Promise<RegisterPage> {
  const tables = await Promise.all(
    catalogueSlugs.map(async (slug): Promise<Table> => {
      const catalogue = await keptCatalogue(db, slug)
      const mine = keeps(identity, catalogue?.body_slug ?? null)
      const entries = catalogue === undefined ? [] : await keptEntries(db, catalogue.id)
      return {
        anchor: slug,
        title: catalogue?.title ?? catalogueNames[slug],
        columns: [{ text: 'Post' }, { text: 'Ägare' }, { text: 'Läge' }],
        rows: entries.map((entry) => [
          {
            text: entry.title,
            path: mine ? catalogueEntryPath(slug, entry.slug) : `${cataloguePath(slug)}#${entry.slug}`,
          },
          { text: entry.owner ?? '–' },
          { text: '', tag: standing(entry.withdrawn_on) },
        ]),
        none: catalogue === undefined ? 'Katalogen är inte beskriven ännu.' : 'Inga poster.',
        add: !mine
          ? null
          : catalogue === undefined
            ? { text: 'Beskriv katalogen', path: editCataloguePath(slug) }
            : { text: `Ändra katalogen och dess poster`, path: editCataloguePath(slug) },
      }
    }),
  )
  return {
    head: { title: 'Kataloger i registret', crumbs: catalogueCrumbs(), hidden: true },
    lead: 'Vad som finns, varifrån det kommer, vem som har det och vad det inte kan användas till.',
    notices: [],
    ways: [],
    tables,
  }
}

/** The form of a catalogue, with its entries. What nobody has described yet is described here. */
export async function catalogueEditPage(
  db: Reader,
  slug: CatalogueName,
  identity: Identity | null,
  form: FormState = untouched,
  notices: readonly Notice[] = [],
): Promise<EditPage> {
  const [row, { bodies, matters, documents }] = await Promise.all([keptCatalogue(db, slug), choices(db)])
  const entries = row === undefined ? [] : await keptEntries(db, row.id)
  const { field, area, select } = asking(form)
  const title = row?.title ?? catalogueNames[slug]
  return {
    head: { title: `${title}: katalogen`, crumbs: catalogueCrumbs({ text: title }), hidden: true },
    problems: form.problems,
    notices,
    path: editCataloguePath(slug),
    hidden: [{ name: 'version', value: String(row?.version ?? 0) }],
    ways: [{ text: 'Sidan som den visas för alla', path: cataloguePath(slug) }],
    groups: [
      {
        legend: 'Katalogen',
        questions: [
          field('titel', 'Namn', title, { required: true }),
          area('sammanfattning', 'Vad den är för', row?.summary, { rows: 4, required: true }),
        ],
      },
      {
        legend: 'Hör ihop med',
        questions: [
          select(
            'grupp',
            'Grupp som håller katalogen',
            row?.body_id,
            optionsOf(bodies.filter((body) => keeps(identity, body.slug) || body.id === row?.body_id)),
            { empty: keeps(identity, null) ? 'Ingen grupp' : 'Välj grupp' },
          ),
          select('arende', 'Ärende', row?.matter_id, optionsOf(matters), { empty: 'Inget ärende' }),
          select('dokument', 'Dokument som styr', row?.document_id, optionsOf(documents), { empty: 'Inget dokument' }),
        ],
      },
    ],
    submit: row === undefined ? 'Lägg upp katalogen' : 'Spara',
    tables:
      row === undefined
        ? []
        : [
            {
              anchor: 'poster',
              title: 'Poster',
              columns: [{ text: 'Post' }, { text: 'Ägare' }, { text: 'Läge' }],
              rows: entries.map((entry) => [
                { text: entry.title, path: catalogueEntryPath(slug, entry.slug) },
                { text: entry.owner ?? '–' },
                { text: '', tag: standing(entry.withdrawn_on) },
              ]),
              none: 'Inga poster ännu.',
              add: { text: 'Lägg till post', path: catalogueEntryPath(slug, 'ny') },
            },
          ],
  }
}

/** The form of an entry; null is a new one. @throws PortalError not-found */
export async function entryEditPage(
  db: Reader,
  catalogue: CatalogueName,
  slug: string | null,
  form: FormState = untouched,
  notices: readonly Notice[] = [],
): Promise<EditPage> {
  const kept = await keptCatalogue(db, catalogue)
  if (!kept) throw notFound(`catalogue ${catalogue}`)
  const entries = await keptEntries(db, kept.id)
  const row = slug === null ? null : entries.find((entry) => entry.slug === slug)
  if (row === undefined) throw notFound(`catalogue entry ${catalogue}/${slug}`)
  const { field, area } = asking(form)
  const title = row?.title ?? 'Ny post'
  const next = Math.max(0, ...entries.map(({ position }) => position)) + 1
  return {
    head: {
      title: `${title} i ${kept.title}`,
      crumbs: catalogueCrumbs({ text: kept.title, path: editCataloguePath(catalogue) }, { text: title }),
      hidden: true,
    },
    tags: row === null ? [] : [standing(row.withdrawn_on)],
    problems: form.problems,
    notices,
    path: catalogueEntryPath(catalogue, row?.slug ?? 'ny'),
    hidden: [{ name: 'version', value: String(row?.version ?? 0) }],
    ways:
      row === null ? [] : [{ text: 'Posten som den visas för alla', path: `${cataloguePath(catalogue)}#${row.slug}` }],
    groups: [
      {
        legend: 'Posten',
        questions: [
          field('titel', 'Namn', row?.title, { required: true }),
          area('sammanfattning', 'Vad som finns', row?.summary, { rows: 4, required: true }),
          area('bygger_pa', 'Bygger på', row?.origin, {
            rows: 2,
            hint: 'Varifrån uppgifterna kommer. Tomt om det inte är känt.',
          }),
          field('agare', 'Ägare', row?.owner, { hint: 'En organisation eller grupp, inte en person.' }),
          area('begransningar', 'Begränsningar', row?.limits, {
            rows: 3,
            hint: 'Vad det inte kan användas till, och vad som saknas.',
          }),
          field('lank', 'Länk', row?.url, { type: 'url', hint: 'Hela adressen, med https://.' }),
          field('ordning', 'Ordning i katalogen', row?.position ?? next, { hint: 'Ett tal; lägst står först.' }),
        ],
      },
      {
        legend: 'Om posten utgår',
        hint: 'Den står kvar på sidan, under det som finns, med dagen och skälet.',
        questions: [
          field('utgick', 'Utgår den', row?.withdrawn_on, { type: 'date', hint: 'Tomt så länge den finns.' }),
          area('darfor', 'Varför', row?.withdrawn_because, { rows: 2 }),
        ],
      },
    ],
    submit: row === null ? 'Lägg till posten' : 'Spara',
  }
}

// ---------------------------------------------------------------- projects

const projectCrumbs = (last: string): Crumb[] => [
  ...registers,
  ...(last === '' ? [{ text: 'Projekt' }] : [{ text: 'Projekt', path: projectRegisterPath }, { text: last }]),
]

/** The projects that the person keeps; `kept` null: all of them. */
export async function projectRegisterPage(db: Reader, kept: ReadonlySet<string> | null): Promise<RegisterPage> {
  const rows = await keptProjects(db, kept)
  return {
    head: { title: 'Projekt i registret', crumbs: projectCrumbs(''), hidden: true },
    lead: counted(rows.length, 'projekt', 'projekt'),
    notices: [],
    ways: [],
    tables: [
      {
        anchor: 'projekt',
        title: 'Projekt',
        columns: [{ text: 'Projekt' }, { text: 'Grupp' }, { text: 'Finansierat till' }, { text: 'Läge' }],
        rows: rows.map((row) => [
          { text: row.name, path: editProjectPath(row.slug) },
          { text: row.body_name ?? '–' },
          { text: endsText(row) ?? '–' },
          {
            text: '',
            tag:
              row.ended_on === null
                ? { text: 'pågår', tone: 'info' }
                : { text: `avslutat ${dayText(row.ended_on as Day)}`, tone: 'neutral' },
          },
        ]),
        none: 'Inga projekt.',
        add: { text: 'Lägg till projekt', path: editProjectPath('nytt') },
      },
    ],
  }
}

type Row = Awaited<ReturnType<typeof keptProjects>>[number]

const endsText = ({
  funding_ends_on,
  funding_ends_precision,
}: Pick<Row, 'funding_ends_on' | 'funding_ends_precision'>) =>
  funding_ends_on === null ? null : dateText(funding_ends_on as Day, funding_ends_precision ?? 'day')

/** The form of a project; null is a new one. @throws PortalError not-found */
export async function projectEditPage(
  db: Reader,
  slug: string | null,
  identity: Identity | null,
  form: FormState = untouched,
  notices: readonly Notice[] = [],
): Promise<EditPage> {
  const [row, { bodies, matters }] = await Promise.all([
    slug === null
      ? null
      : db
          .selectFrom('project')
          .selectAll()
          .where('slug', '=', slug as never)
          .executeTakeFirstOrThrow(() => notFound(`project ${slug}`)),
    choices(db),
  ])
  const links = row === null ? [] : await linksOfProject(db, row.id)
  const { field, area, select } = asking(form)
  const title = row?.name ?? 'Nytt projekt'
  return {
    head: { title, crumbs: projectCrumbs(title), hidden: true },
    lead: 'Aktiviteter knyts till projektet i handlingsplanerna.',
    problems: form.problems,
    notices,
    path: editProjectPath(row?.slug ?? 'nytt'),
    hidden: [{ name: 'version', value: String(row?.version ?? 0) }],
    ways: row === null ? [] : [{ text: 'Projektet som det visas för alla', path: `${projectsPath}#${row.slug}` }],
    groups: [
      {
        legend: 'Projektet',
        questions: [
          field('namn', 'Namn', row?.name, { required: true }),
          area('sammanfattning', 'Vad det gör', row?.summary, { rows: 4, required: true }),
          select(
            'grupp',
            'Grupp som har projektet',
            row?.body_id,
            optionsOf(bodies.filter((body) => keeps(identity, body.slug) || body.id === row?.body_id)),
            { empty: keeps(identity, null) ? 'Ingen grupp' : 'Välj grupp' },
          ),
          select('arende', 'Ärende', row?.matter_id, optionsOf(matters), { empty: 'Inget ärende' }),
        ],
      },
      {
        legend: 'Pengar',
        questions: [
          area('finansiering', 'Finansiering', row?.funding, {
            rows: 2,
            hint: 'Vad som betalar. Tomt om det inte är känt.',
          }),
          field('finansieringen_slutar', 'Finansieringen slutar', row === null ? null : endsText(row), {
            hint: vagueDateHint,
          }),
          area('darefter', 'Därefter', row?.afterwards, { rows: 2, hint: 'Vad som händer när pengarna tar slut.' }),
        ],
      },
      {
        legend: 'Länkar',
        questions: [
          field('lank', 'Projektets egen sida', row?.url, { type: 'url', hint: 'Hela adressen, med https://.' }),
          area('lankar', 'Andra länkar', linkText(links), { hint: linkLinesHint }),
        ],
      },
      {
        legend: 'När projektet är slut',
        hint: 'Det står kvar på sidan, med dagen och hur det gick.',
        questions: [
          field('avslutat', 'Avslutat den', row?.ended_on, { type: 'date', hint: 'Tomt så länge projektet pågår.' }),
          area('hur_det_gick', 'Hur det gick', row?.ended_text, { rows: 3 }),
        ],
      },
    ],
    submit: row === null ? 'Lägg till projektet' : 'Spara',
  }
}

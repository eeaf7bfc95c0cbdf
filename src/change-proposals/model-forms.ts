import { z } from 'zod'
import type { Reader } from '../db/database.ts'
import { asking, type EditPage, type Notice, optionsOf, type Question, type RegisterPage } from '../http/edit-page.ts'
import { optionalId, optionalText, requiredText, tickedBox, versionField } from '../http/field-values.ts'
import { type FormState, untouched } from '../http/fields.ts'
import type { Tag } from '../http/parts.ts'
import { notFound } from '../kernel/errors.ts'
import {
  changeModelPath,
  changeModelRowPath,
  changeProposalsPath,
  registersPath,
  workspacePath,
} from '../kernel/urls.ts'
import type { ModelRow, ModelValues } from './model-changes.ts'
import { changeModel, listLevels, listQuestions, listSteps } from './queries.ts'

/** The parts of the model's addresses. */
export const parts = ['steg', 'fragor', 'nivaer'] as const
export type Part = (typeof parts)[number]

const partTitles: Record<Part, { many: string; add: string; one: string }> = {
  steg: { many: 'Steg', add: 'Lägg till steg', one: 'Nytt steg' },
  fragor: { many: 'Frågor', add: 'Lägg till fråga', one: 'Ny fråga' },
  nivaer: { many: 'Beslutsnivåer', add: 'Lägg till beslutsnivå', one: 'Ny beslutsnivå' },
}

const place = z
  .string('Skriv ett tal.')
  .trim()
  .regex(/^\d{1,4}$/, 'Skriv ordningen som ett tal, 0–9999.')
  .transform(Number)
const common = { version: versionField.optional(), ordning: place, anvands_inte: tickedBox }

type RowRead = { version: number; row: ModelRow }

/** What a row's form may hold, for each part. */
export const rowForms: Record<Part, z.ZodType<RowRead>> = {
  steg: z
    .object({ ...common, titel: requiredText('Skriv stegets namn.', 200), beskrivning: optionalText(5000) })
    .transform(({ version = 0, titel, beskrivning, ordning, anvands_inte }) => ({
      version,
      row: {
        table: 'change_step',
        values: { title: titel, description: beskrivning, position: ordning, retired: anvands_inte },
      },
    })),
  fragor: z
    .object({
      ...common,
      omrade: requiredText('Skriv området, till exempel Patientnytta.', 200),
      fraga: requiredText('Skriv frågan.', 1000),
      hjalp: optionalText(1000),
      steg: optionalId,
    })
    .transform(({ version = 0, omrade, fraga, hjalp, steg, ordning, anvands_inte }) => ({
      version,
      row: {
        table: 'change_question',
        values: {
          heading: omrade,
          question: fraga,
          hint: hjalp,
          step_id: steg,
          position: ordning,
          retired: anvands_inte,
        },
      },
    })),
  nivaer: z
    .object({
      ...common,
      titel: requiredText('Skriv vad nivån heter.', 200),
      omfattning: requiredText('Skriv vilka förändringar nivån gäller.', 2000),
      beslutas_av: requiredText('Skriv vem som beslutar.', 500),
    })
    .transform(({ version = 0, titel, omfattning, beslutas_av, ordning, anvands_inte }) => ({
      version,
      row: {
        table: 'change_level',
        values: {
          title: titel,
          scale: omfattning,
          decided_by: beslutas_av,
          position: ordning,
          retired: anvands_inte,
        },
      },
    })),
}

export const modelForm = z
  .object({
    version: versionField,
    sammanfattning: requiredText('Skriv vad modellen är till för.', 5000),
    lage: optionalText(2000),
    utkast: tickedBox,
  })
  .transform(({ version, sammanfattning, lage, utkast }) => {
    const values: ModelValues = { summary: sammanfattning, state_text: lage, is_draft: utkast }
    return { version, values }
  })

const crumbs = (last: string | null) => [
  { text: 'Arbetsyta', path: workspacePath },
  { text: 'Register', path: registersPath },
  ...(last === null
    ? [{ text: 'Ordnat införande' }]
    : [{ text: 'Ordnat införande', path: changeModelPath }, { text: last }]),
]

const usedTag = (retired: boolean): Tag =>
  retired ? { text: 'används inte', tone: 'neutral' } : { text: 'används', tone: 'info' }

/** The model: its steps, questions and levels, each with a form of its own. */
export async function modelRegisterPage(db: Reader): Promise<RegisterPage> {
  const [steps, questions, levels] = [await listSteps(db), await listQuestions(db), await listLevels(db)]
  const table = (part: Part, rows: readonly { slug: string; title: string; text: string; retired: boolean }[]) => ({
    anchor: part,
    title: partTitles[part].many,
    columns: [{ text: 'Namn' }, { text: 'Vad' }, { text: 'Läge' }],
    rows: rows.map(({ slug, title, text, retired }) => [
      { text: title, path: changeModelRowPath(part, slug) },
      { text },
      { text: '', tag: usedTag(retired) },
    ]),
    none: 'Inget är registrerat.',
    add: { text: partTitles[part].add, path: changeModelRowPath(part, 'ny') },
  })
  return {
    head: { title: 'Ordnat införande: modellen', crumbs: crumbs(null), hidden: true },
    lead: 'Förslagen följer stegen här. Det du ändrar gäller genast; det som har varit står kvar i förslagens historik.',
    notices: [],
    ways: [
      { text: 'Vad modellen är till för och om den är ett utkast', path: changeModelRowPath('modell', 'modell') },
      { text: 'Sidan som den visas för alla', path: changeProposalsPath },
    ],
    tables: [
      table(
        'steg',
        steps.map(({ description, ...row }) => ({ ...row, text: description ?? '–' })),
      ),
      table(
        'fragor',
        questions.map(({ heading, question, ...row }) => ({ ...row, title: heading, text: question })),
      ),
      table(
        'nivaer',
        levels.map(({ scale, decided_by, ...row }) => ({ ...row, text: `${scale} Beslutas av: ${decided_by}` })),
      ),
    ],
  }
}

/** What the model is for. Without a model yet, an empty form. */
export async function modelEditPage(
  db: Reader,
  form: FormState = untouched,
  notices: readonly Notice[] = [],
): Promise<EditPage> {
  const row = await changeModel(db)
  const { area, boxes } = asking(form)
  return {
    head: { title: 'Modellen', crumbs: crumbs('Modellen'), hidden: true },
    problems: form.problems,
    notices,
    path: changeModelRowPath('modell', 'modell'),
    hidden: [{ name: 'version', value: String(row?.version ?? 0) }],
    ways: [],
    groups: [
      {
        legend: null,
        questions: [
          area('sammanfattning', 'Vad modellen är till för', row?.summary, { required: true, rows: 4 }),
          area('lage', 'Hur långt den har kommit', row?.state_text, {
            hint: 'Visas överst så länge den är ett utkast.',
          }),
          boxes('utkast', 'Är modellen färdig?', (row?.is_draft ?? true) ? ['ja'] : [], [
            { value: 'ja', text: 'Modellen är ett utkast' },
          ]),
        ],
      },
    ],
    submit: 'Spara',
  }
}

/** The form of a step, a question or a level; null is a new one. @throws PortalError not-found */
export async function modelRowPage(
  db: Reader,
  part: Part,
  slug: string | null,
  form: FormState = untouched,
  notices: readonly Notice[] = [],
): Promise<EditPage> {
  const { field, area, select, boxes } = asking(form)
  const steps = await listSteps(db)
  const rows = { steg: steps, fragor: await listQuestions(db), nivaer: await listLevels(db) }
  const find = <Row extends { slug: string }>(list: readonly Row[]) => list.find((row) => row.slug === slug)
  const any = find<{ slug: string; version: number; position: number; retired: boolean }>(rows[part])
  if (slug !== null && any === undefined) throw notFound(`${part} ${slug}`)
  const last = Math.max(0, ...rows[part].map(({ position }) => position))
  const asked: Record<Part, () => { title: string | undefined; questions: readonly Question[] }> = {
    steg: () => {
      const row = find(rows.steg)
      return {
        title: row?.title,
        questions: [
          field('titel', 'Stegets namn', row?.title, { required: true }),
          area('beskrivning', 'Vad som görs', row?.description),
        ],
      }
    },
    fragor: () => {
      const row = find(rows.fragor)
      return {
        title: row?.heading,
        questions: [
          field('omrade', 'Område', row?.heading, { required: true, hint: 'Till exempel Patientnytta.' }),
          area('fraga', 'Frågan', row?.question, { required: true, rows: 2 }),
          area('hjalp', 'Hjälp till den som svarar', row?.hint, { rows: 2 }),
          select(
            'steg',
            'Besvaras senast i steget',
            row?.step_id,
            optionsOf(steps.map(({ id, title }) => ({ id, name: title }))),
            { empty: 'När som helst' },
          ),
        ],
      }
    },
    nivaer: () => {
      const row = find(rows.nivaer)
      return {
        title: row?.title,
        questions: [
          field('titel', 'Vad nivån heter', row?.title, { required: true }),
          area('omfattning', 'Vilka förändringar nivån gäller', row?.scale, { required: true }),
          field('beslutas_av', 'Vem som beslutar', row?.decided_by, { required: true }),
        ],
      }
    },
  }
  const { title = partTitles[part].one, questions } = asked[part]()
  return {
    head: { title, crumbs: crumbs(title), hidden: true },
    problems: form.problems,
    notices,
    path: changeModelRowPath(part, slug ?? 'ny'),
    hidden: any ? [{ name: 'version', value: String(any.version) }] : [],
    ways: [],
    groups: [
      {
        legend: null,
        questions: [
          ...questions,
          field('ordning', 'Ordning', any?.position ?? last + 1, { type: 'number', size: 4, required: true }),
          boxes('anvands_inte', 'Används raden?', any?.retired ? ['ja'] : [], [
            { value: 'ja', text: 'Används inte längre' },
          ]),
        ],
      },
    ],
    submit: any ? 'Spara' : 'Lägg till',
  }
}

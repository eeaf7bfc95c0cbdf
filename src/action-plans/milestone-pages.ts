import { z } from 'zod'
import type { Reader } from '../db/database.ts'
import type { MilestoneKind } from '../db/schema.ts'
import type { EditPage, Notice, RegisterPage } from '../http/edit-page.ts'
import {
  optionalDay,
  optionalText,
  optionalVagueDate,
  requiredText,
  vagueDateHint,
  versionField,
} from '../http/field-values.ts'
import { type FormState, problemOf, typedText, untouched } from '../http/fields.ts'
import type { Problem } from '../http/forms.ts'
import { type Day, dateText } from '../kernel/dates.ts'
import {
  planMilestonePath,
  planMilestonesPath,
  planPath,
  workPlanPath,
  workPlansPath,
  workspacePath,
} from '../kernel/urls.ts'
import type { PartToFollowUp } from './follow-up-queries.ts'
import type { MilestoneValues, Outcome } from './milestone-changes.ts'
import { milestonesOf } from './queries.ts'
import { milestoneStanding } from './rules.ts'
import { milestoneKindNames, milestoneStandings } from './texts.ts'

const kinds = Object.keys(milestoneKindNames) as [MilestoneKind, ...MilestoneKind[]]

/** What has become of a milestone: done on a day, moved to a date for a reason, or nothing yet. */
export const outcomeForm = z
  .object({
    version: versionField,
    lage: z.enum(['planned', 'done', 'moved'], 'Välj vad som har hänt.'),
    klar_den: optionalDay,
    ny_tid: optionalVagueDate,
    skal: optionalText(1000),
    anteckning: optionalText(2000),
  })
  .transform(({ version, lage, klar_den, ny_tid, skal, anteckning }, context) => {
    const refuse = (field: string, message: string) => context.addIssue({ code: 'custom', path: [field], message })
    if (lage === 'done' && klar_den === null) refuse('klar_den', 'Skriv vilken dag det blev klart.')
    if (lage === 'moved' && ny_tid === null) refuse('ny_tid', 'Skriv vart milstolpen flyttas.')
    if (lage === 'moved' && skal === null) refuse('skal', 'Skriv varför milstolpen flyttas.')
    const outcome: Outcome =
      lage === 'done' && klar_den !== null
        ? { state: 'done', on: klar_den }
        : lage === 'moved' && ny_tid !== null && skal !== null
          ? { state: 'moved', to: ny_tid, because: skal }
          : { state: 'planned' }
    return { version, outcome, note: anteckning }
  })

/** A milestone of a draft. `parts` is what it may belong to. */
export const milestoneForm = (parts: readonly PartToFollowUp[]) =>
  z
    .object({
      version: versionField.optional(),
      slag: z.enum(kinds, 'Välj slag.'),
      vad: requiredText('Skriv vad som ska vara klart eller hända.'),
      hor_till: z.string().refine((key) => parts.some((part) => part.key === key), 'Välj i listan.'),
      nar: optionalVagueDate,
      aterkommer: optionalText(200),
      anteckning: optionalText(2000),
    })
    .refine(({ nar, aterkommer }) => nar !== null || aterkommer !== null, {
      path: ['nar'],
      message: 'Skriv när, eller hur det återkommer.',
    })
    .transform(({ version, slag, vad, hor_till, nar, aterkommer, anteckning }) => {
      const part = parts.find(({ key }) => key === hor_till)
      const values: MilestoneValues = {
        kind: slag,
        title: vad,
        areaId: part?.areaId ?? null,
        activityId: part?.activityId ?? null,
        due: nar,
        recurrence: aterkommer,
        note: anteckning,
      }
      return { version: version ?? 0, values }
    })

export const outcomeRefusals: Record<'later-than-today' | 'already-moved', Problem> = {
  'later-than-today': { field: 'klar_den', text: 'Dagen ligger i framtiden.' },
  'already-moved': { field: '', text: 'Milstolpen är redan flyttad. Anteckna utfallet på den nya tiden.' },
}

type Plan = { slug: string; title: string; draft: boolean }
type Milestone = Awaited<ReturnType<typeof milestonesOf>>[number]

const crumbsOf = (plan: Plan, last: string) => [
  { text: 'Arbetsyta', path: workspacePath },
  { text: 'Planer', path: workPlansPath },
  { text: plan.title, path: workPlanPath(plan.slug) },
  ...(last === ''
    ? [{ text: 'Milstolpar' }]
    : [{ text: 'Milstolpar', path: planMilestonesPath(plan.slug) }, { text: last }]),
]

const dueText = ({ due_on, due_precision, recurrence }: Milestone) =>
  due_on === null ? (recurrence ?? '') : dateText(due_on as Day, due_precision ?? 'day')

/** The milestones of a plan: what has become of them, or, in a draft, what they are. */
export async function milestonesPage(
  db: Reader,
  plan: Plan & { id: number },
  parts: readonly PartToFollowUp[],
  day: Day,
  notices: readonly Notice[],
): Promise<RegisterPage> {
  const rows = await milestonesOf(db, plan.id)
  return {
    head: { title: `Milstolpar i ${plan.title}`, crumbs: crumbsOf(plan, ''), hidden: true },
    lead: plan.draft
      ? 'Planen är ett utkast: milstolparna kan ändras fritt tills den är beslutad.'
      : 'Anteckna när något är klart, eller vart det flyttas och varför. Det syns genast för alla.',
    notices,
    ways: [{ text: 'Planen som den visas för alla', path: planPath(plan.slug) }],
    tables: [
      {
        anchor: 'milstolpar',
        title: 'Milstolpar',
        columns: [{ text: 'Vad' }, { text: 'När' }, { text: 'Hör till' }, { text: 'Läge' }],
        rows: rows.map((row) => [
          { text: row.title, path: planMilestonePath(plan.slug, row.id), note: row.note },
          { text: dueText(row) },
          { text: parts.find((part) => isOf(row, part))?.code ?? plan.title },
          { text: '', tag: milestoneStandings[milestoneStanding(row, day)], note: row.moved_because },
        ]),
        none: 'Planen har inga daterade milstolpar.',
        add: !plan.draft ? null : { text: 'Lägg till milstolpe', path: planMilestonePath(plan.slug, 'ny') },
      },
    ],
  }
}

const isOf = (row: Milestone, part: PartToFollowUp) =>
  row.activity_number !== null
    ? part.key === `a${row.activity_number}`
    : row.area_id !== null
      ? part.areaId === row.area_id
      : part.key === 'plan'

/** What has become of one milestone. */
export function outcomePage(plan: Plan, milestone: Milestone, form: FormState = untouched): EditPage {
  const text = (name: string, stands: string | null = '') => typedText(form, name, stands)
  const chosen = text('lage', milestone.state)
  return {
    head: { title: milestone.title, crumbs: crumbsOf(plan, milestone.title), hidden: true },
    kicker: dueText(milestone),
    lead: 'Vad har hänt?',
    problems: form.problems,
    notices:
      milestone.state === 'moved'
        ? [
            {
              tone: 'info',
              text: `Milstolpen är flyttad: ${milestone.moved_because ?? ''}. Utfallet antecknas på den nya tiden.`,
            },
          ]
        : [],
    path: planMilestonePath(plan.slug, milestone.id),
    hidden: [{ name: 'version', value: String(milestone.version) }],
    groups: [
      {
        legend: null,
        questions: [
          {
            as: 'options',
            name: 'lage',
            legend: 'Läge',
            error: problemOf(form, 'lage'),
            many: false,
            options: [
              { value: 'planned', text: 'Inget utfall än', chosen: chosen === 'planned' },
              { value: 'done', text: 'Klar', chosen: chosen === 'done' },
              {
                value: 'moved',
                text: 'Flyttad',
                hint: 'Den gamla tiden står kvar med skälet; den nya läggs till.',
                chosen: chosen === 'moved',
              },
            ],
          },
          {
            as: 'field',
            name: 'klar_den',
            label: 'Klar den',
            hint: 'Om den är klar.',
            type: 'date',
            value: text('klar_den', milestone.done_on),
            error: problemOf(form, 'klar_den'),
          },
          {
            as: 'field',
            name: 'ny_tid',
            label: 'Ny tid',
            hint: `Om den flyttas. ${vagueDateHint}`,
            value: text('ny_tid'),
            error: problemOf(form, 'ny_tid'),
          },
          {
            as: 'area',
            name: 'skal',
            label: 'Varför flyttas den?',
            rows: 2,
            value: text('skal', milestone.moved_because),
            error: problemOf(form, 'skal'),
          },
          {
            as: 'area',
            name: 'anteckning',
            label: 'Anteckning',
            rows: 3,
            value: text('anteckning', milestone.note),
            error: problemOf(form, 'anteckning'),
          },
        ],
      },
    ],
    submit: 'Spara',
    ways: [],
  }
}

/** A milestone of a draft; null is a new one. */
export function milestonePage(
  plan: Plan,
  milestone: Milestone | null,
  parts: readonly PartToFollowUp[],
  form: FormState = untouched,
): EditPage {
  const text = (name: string, stands: string | null | undefined = '') => typedText(form, name, stands)
  const title = milestone?.title ?? 'Ny milstolpe'
  return {
    head: { title, crumbs: crumbsOf(plan, title), hidden: true },
    problems: form.problems,
    notices: [],
    path: planMilestonePath(plan.slug, milestone?.id ?? 'ny'),
    hidden: milestone ? [{ name: 'version', value: String(milestone.version) }] : [],
    groups: [
      {
        legend: null,
        questions: [
          {
            as: 'field',
            name: 'vad',
            label: 'Vad',
            hint: 'Till exempel: Delrapport lämnas till Länsgemensam ledning.',
            required: true,
            value: text('vad', milestone?.title),
            error: problemOf(form, 'vad'),
          },
          {
            as: 'select',
            name: 'slag',
            label: 'Slag',
            required: true,
            options: kinds.map((value) => ({ value, text: milestoneKindNames[value] })),
            value: text('slag', milestone?.kind ?? 'other'),
            error: problemOf(form, 'slag'),
          },
          {
            as: 'select',
            name: 'hor_till',
            label: 'Hör till',
            options: parts.map(({ key, code, title: what }) => ({
              value: key,
              text: key === 'plan' ? 'Hela planen' : `${code} ${what}`,
            })),
            value: text('hor_till', milestone ? (parts.find((part) => isOf(milestone, part))?.key ?? 'plan') : 'plan'),
            error: problemOf(form, 'hor_till'),
          },
          {
            as: 'field',
            name: 'nar',
            label: 'När',
            hint: vagueDateHint,
            value: text(
              'nar',
              milestone?.due_on ? dateText(milestone.due_on as Day, milestone.due_precision ?? 'day') : '',
            ),
            error: problemOf(form, 'nar'),
          },
          {
            as: 'field',
            name: 'aterkommer',
            label: 'Eller hur det återkommer',
            hint: 'Till exempel: varje halvår.',
            value: text('aterkommer', milestone?.recurrence),
            error: problemOf(form, 'aterkommer'),
          },
          {
            as: 'area',
            name: 'anteckning',
            label: 'Anteckning',
            rows: 3,
            value: text('anteckning', milestone?.note),
            error: problemOf(form, 'anteckning'),
          },
        ],
      },
    ],
    submit: milestone ? 'Spara' : 'Lägg till',
    ways: [],
    acts: milestone
      ? [{ text: 'Ta bort milstolpen', path: `${planMilestonePath(plan.slug, milestone.id)}/ta-bort` }]
      : [],
  }
}

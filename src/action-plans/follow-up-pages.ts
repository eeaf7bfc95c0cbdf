import type { DraftPart } from '../http/drafts.ts'
import type { EditPage, Notice, Question } from '../http/edit-page.ts'
import { type Area, type Field, type FormState, problemOf, type Select, typedText, untouched } from '../http/fields.ts'
import type { Problem } from '../http/forms.ts'
import type { Tag } from '../http/parts.ts'
import type { PageHead } from '../http/view.ts'
import { addDays, type Day, dayText } from '../kernel/dates.ts'
import { activityCode, areaCode } from '../kernel/plan-codes.ts'
import { counted } from '../kernel/text.ts'
import {
  planFollowUpPath,
  planNotePath,
  planPath,
  reportPath,
  workPlanPath,
  workPlansPath,
  workspacePath,
} from '../kernel/urls.ts'
import { noteField, stateField } from './follow-up-forms.ts'
import type { leadsOf, NewestNote, newestRound, noteById, PartToFollowUp } from './follow-up-queries.ts'
import type { FollowUpRefusal } from './follow-up-rules.ts'
import { followUpStateNames } from './texts.ts'

/** One part of the plan: what was last told, and room for what is to be told now. */
export type PartAsked = {
  key: string
  code: string
  title: string
  latest: { when: string; by: string | null; text: string | null; tag: Tag | null; path: string | null } | null
  unreported: boolean
  state: Select
  note: Area
}

export type FollowUpRoundPage = {
  head: PageHead
  kicker: string
  title: string
  lead: string
  problems: readonly Problem[]
  notices: readonly Notice[]
  ways: readonly { text: string; path: string }[]
  /** Null: the form is sent to the very address that it is read at, which holds a secret. */
  path: string | null
  /** Null where nobody is signed in. */
  draft: DraftPart | null
  day: Field
  by: Field
  whole: PartAsked
  areas: readonly { code: string; title: string; whole: PartAsked; activities: readonly PartAsked[] }[]
  ask: { path: string; title: string; text: string; questions: readonly Question[] } | null
}

declare module '../http/view.ts' {
  interface Views {
    'action-plans/follow-up-round': FollowUpRoundPage
  }
  interface Parts {
    'action-plans/_part-asked': PartAsked
  }
}

export const followUpRefusals: Record<FollowUpRefusal, Problem> = {
  'nothing-told': { field: '', text: 'Inget är ifyllt. Välj ett läge eller skriv en text för minst en aktivitet.' },
  'later-than-today': {
    field: 'dag',
    text: 'Dagen ligger i framtiden. Uppföljningen gäller hur det är i dag eller var tidigare.',
  },
  'not-adopted': { field: '', text: 'Planen är inte beslutad. Den kan följas upp när den har beslutats.' },
}

export type RoundShown = {
  plan: { slug: string; title: string; body_name: string }
  parts: readonly PartToFollowUp[]
  newest: ReadonlyMap<string, NewestNote>
  today: Day
  /** Who tells, when it is known who is signed in. */
  by: string
  form?: FormState
}

const stateOptions = Object.entries(followUpStateNames).map(([value, { text }]) => ({ value, text }))

function partAsked(
  { plan, newest, form = untouched }: RoundShown,
  part: PartToFollowUp,
  inWorkspace: boolean,
): PartAsked {
  const latest = newest.get(part.key)
  const about = part.key === 'plan' ? 'planen som helhet' : part.code
  return {
    key: part.key,
    code: part.code,
    title: part.title,
    latest: latest
      ? {
          when: dayText(latest.noted_on as Day),
          by: latest.noted_by,
          text: latest.note,
          tag: latest.state === null ? null : followUpStateNames[latest.state],
          path: inWorkspace ? planNotePath(plan.slug, latest.id) : null,
        }
      : null,
    unreported: false,
    state: {
      name: stateField(part.key),
      label: `Läge för ${about}`,
      value: typedText(form, stateField(part.key)),
      error: problemOf(form, stateField(part.key)),
      options: stateOptions,
      empty: 'Inget nytt läge',
    },
    note: {
      name: noteField(part.key),
      label: `Hur går det med ${about}?`,
      value: typedText(form, noteField(part.key)),
      error: problemOf(form, noteField(part.key)),
      rows: 2,
    },
  }
}

function formOf(shown: RoundShown, inWorkspace: boolean, unreported: ReadonlySet<number> = new Set()) {
  const { parts, today, by, form = untouched } = shown
  const asked = (part: PartToFollowUp): PartAsked => ({
    ...partAsked(shown, part, inWorkspace),
    unreported: part.activityId !== null && unreported.has(part.activityId),
  })
  const [whole, ...rest] = parts
  if (whole === undefined) throw new Error('a plan is a part of itself')
  return {
    problems: form.problems,
    day: {
      name: 'dag',
      label: 'Läget gäller den',
      value: typedText(form, 'dag', today),
      error: problemOf(form, 'dag'),
      type: 'date',
      required: true,
    } satisfies Field,
    by: {
      name: 'rapporterat_av',
      label: 'Berättat av',
      hint: 'Visas på planens sida, till exempel namn och roll.',
      value: typedText(form, 'rapporterat_av', by),
      error: problemOf(form, 'rapporterat_av'),
      required: true,
    } satisfies Field,
    whole: asked(whole),
    areas: rest
      .filter(({ areaId }) => areaId !== null)
      .map((area) => ({
        code: area.code,
        title: area.title,
        whole: asked(area),
        activities: rest.filter((part) => part.activityId !== null && part.area?.code === area.code).map(asked),
      })),
  }
}

/** What the coordinator sees: the form, who has been asked, and whom to ask. */
export function followUpRoundPage(
  shown: RoundShown,
  draft: DraftPart,
  asked: {
    round: Awaited<ReturnType<typeof newestRound>>
    unreported: ReadonlySet<number>
    leads: Awaited<ReturnType<typeof leadsOf>>
    form?: FormState
  },
  notices: readonly Notice[] = [],
): FollowUpRoundPage {
  const { plan, parts, today } = shown
  const { round, unreported, leads, form = untouched } = asked
  const activities = parts.filter(({ activityId }) => activityId !== null).length
  return {
    head: {
      title: `Uppföljning av ${plan.title}`,
      crumbs: [
        { text: 'Arbetsyta', path: workspacePath },
        { text: 'Planer', path: workPlansPath },
        { text: plan.title, path: workPlanPath(plan.slug) },
        { text: 'Uppföljning' },
      ],
      hidden: true,
    },
    kicker: plan.body_name,
    title: `Uppföljning av ${plan.title}`,
    lead: `${counted(activities, 'aktivitet', 'aktiviteter')} på en sida. Fyll i det du vet och spara; resten kan vänta.`,
    ...formOf(shown, true, unreported),
    problems: [...(shown.form?.problems ?? []), ...form.problems],
    notices: [...notices, ...roundNotice(round, unreported.size, activities, today)],
    ways: [{ text: 'Planen som den visas för alla', path: planPath(plan.slug) }],
    path: planFollowUpPath(plan.slug),
    draft,
    ask: {
      path: `${planFollowUpPath(plan.slug)}/fraga`,
      title: 'Be någon annan berätta',
      text: 'Den du väljer får ett mejl med en länk till samma frågor, och kan svara en gång utan att logga in. Adressen sparas inte.',
      questions: [
        {
          as: 'field',
          name: 'senast',
          label: 'Svar senast',
          value: typedText(form, 'senast', addDays(today, 14)),
          error: problemOf(form, 'senast'),
          type: 'date',
          required: true,
        },
        ...(leads.length === 0
          ? []
          : [
              {
                as: 'options' as const,
                name: 'mottagare',
                legend: 'Som leder eller samordnar arbetet',
                error: problemOf(form, 'mottagare'),
                many: true,
                options: leads.map(({ id, name }) => ({
                  value: String(id),
                  text: name,
                  chosen: [form.typed.mottagare ?? []].flat().includes(String(id)),
                })),
              },
            ]),
        {
          as: 'field',
          name: 'epost',
          label: leads.length === 0 ? 'E-postadress' : 'Eller någon annan: e-postadress',
          value: typedText(form, 'epost'),
          error: problemOf(form, 'epost') ?? (leads.length === 0 ? problemOf(form, 'mottagare') : null),
          type: 'email',
          autocomplete: 'off',
        },
      ],
    },
  }
}

function roundNotice(
  round: Awaited<ReturnType<typeof newestRound>>,
  unreported: number,
  activities: number,
  today: Day,
): Notice[] {
  if (!round) return []
  const asked = `Uppföljning efterfrågades ${dayText(round.asked_on as Day)}, svar senast ${dayText(round.due_on as Day)}.`
  if (unreported === 0) return [{ tone: 'good', title: 'Alla aktiviteter är uppföljda', text: asked }]
  return [
    {
      tone: round.due_on < today ? 'warning' : 'info',
      title: `${unreported} av ${counted(activities, 'aktivitet', 'aktiviteter')} återstår`,
      text: asked,
    },
  ]
}

/** What whoever got a link sees: the same questions and nothing else. */
export function mailedFollowUpPage(shown: RoundShown, validUntil: Day): FollowUpRoundPage {
  const { plan } = shown
  return {
    head: {
      title: `Uppföljning av ${plan.title}`,
      crumbs: [{ text: 'Rapportera' }],
      hidden: true,
      address: reportPath,
    },
    kicker: plan.body_name,
    title: `Uppföljning av ${plan.title}`,
    lead: `Fyll i det du vet. Länken fungerar en gång och till och med ${dayText(validUntil)}, så svara på allt du kan innan du skickar.`,
    ...formOf(shown, false),
    notices: [
      { tone: 'info', text: 'Det du skriver blir offentligt på planens sida. Skriv inget om enskilda personer.' },
    ],
    ways: [],
    path: null,
    draft: null,
    ask: null,
  }
}

type NoteRow = NonNullable<Awaited<ReturnType<typeof noteById>>>

/** One note, to mend. */
export function notePage(
  plan: { slug: string; code: string; title: string },
  note: NoteRow,
  form: FormState = untouched,
  notices: readonly Notice[] = [],
): EditPage {
  const part =
    note.activity_number !== null
      ? activityCode(plan.code, note.activity_number)
      : note.area_kind !== null && note.area_number !== null
        ? areaCode(plan.code, note.area_kind, note.area_number)
        : plan.title
  return {
    head: {
      title: `Ändra uppföljningen av ${part}`,
      crumbs: [
        { text: 'Arbetsyta', path: workspacePath },
        { text: 'Planer', path: workPlansPath },
        { text: plan.title, path: workPlanPath(plan.slug) },
        { text: 'Uppföljning', path: planFollowUpPath(plan.slug) },
        { text: part },
      ],
      hidden: true,
    },
    lead: 'För att rätta ett skrivfel. Har läget ändrats? Skriv en ny uppföljning i stället.',
    problems: form.problems,
    notices,
    path: planNotePath(plan.slug, note.id),
    hidden: [{ name: 'version', value: String(note.version) }],
    groups: [
      {
        legend: null,
        questions: [
          {
            as: 'field',
            name: 'dag',
            label: 'Läget gäller den',
            type: 'date',
            value: typedText(form, 'dag', note.noted_on),
            error: problemOf(form, 'dag'),
          },
          {
            as: 'select',
            name: 'lage',
            label: 'Läge',
            options: stateOptions,
            empty: 'Inget läge angivet',
            value: typedText(form, 'lage', note.state),
            error: problemOf(form, 'lage'),
          },
          {
            as: 'area',
            name: 'text',
            label: 'Text',
            value: typedText(form, 'text', note.note),
            error: problemOf(form, 'text'),
          },
          {
            as: 'field',
            name: 'rapporterat_av',
            label: 'Berättat av',
            value: typedText(form, 'rapporterat_av', note.noted_by),
            error: problemOf(form, 'rapporterat_av'),
          },
        ],
      },
    ],
    submit: 'Spara',
    ways: [],
    acts: [{ text: 'Ta bort uppföljningen', path: `${planNotePath(plan.slug, note.id)}/ta-bort` }],
  }
}

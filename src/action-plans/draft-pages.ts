import type { Reader } from '../db/database.ts'
import { parseRange } from '../db/ranges.ts'
import type { DraftPart } from '../http/drafts.ts'
import type { EditPage, Notice, Question, RegisterPage } from '../http/edit-page.ts'
import { vagueDateHint } from '../http/field-values.ts'
import { type FormState, problemOf, typedList, typedText, untouched } from '../http/fields.ts'
import type { Problem } from '../http/forms.ts'
import type { Crumb } from '../http/view.ts'
import { addDays, type Day, dateText, dayText } from '../kernel/dates.ts'
import { activityCode, areaCode } from '../kernel/plan-codes.ts'
import { counted } from '../kernel/text.ts'
import {
  newDecisionLink,
  newPlanAreaPath,
  newPlanPath,
  planAreaPath,
  planDetailsPath,
  planFollowUpPath,
  planMilestonesPath,
  planPath,
  planRevisionPath,
  planSectionsPath,
  workPlanPath,
  workPlansPath,
  workspacePath,
} from '../kernel/urls.ts'
import type { DraftRefusal } from './draft-changes.ts'
import { revisionFields } from './draft-forms.ts'
import {
  type AreaToEdit,
  areasToEdit,
  type PlanToEdit,
  type plansKept,
  type Revision,
  type SectionToEdit,
  sectionsToEdit,
  waitingDecisions,
} from './draft-queries.ts'
import { areaKey } from './follow-up-rules.ts'
import { periodText, planStanding } from './rules.ts'
import { areaKindNames, planStandings } from './texts.ts'

const crumbs = (plan: { slug: string; title: string } | null, last: string): Crumb[] => [
  { text: 'Arbetsyta', path: workspacePath },
  { text: 'Planer', path: workPlansPath },
  ...(plan === null ? [] : [{ text: plan.title, path: workPlanPath(plan.slug) }]),
  { text: last },
]

export const draftRefusals: Record<Exclude<DraftRefusal, 'stale'>, Problem> = {
  decided: { field: '', text: 'Planen är beslutad. Den ändras genom ett nytt beslut: förbered en revidering.' },
  'code-taken': { field: 'kod', text: 'En annan plan har redan koden.' },
  'wanted-by-decision': { field: '', text: 'Ett förberett beslut gäller planen. Ta bort det först.' },
}

export function planListPage(plans: Awaited<ReturnType<typeof plansKept>>, day: Day): RegisterPage {
  const row = (plan: (typeof plans)[number]) => {
    const standing = planStanding(
      { valid: plan.valid === null ? null : parseRange(plan.valid), period: parseRange(plan.period) },
      day,
    )
    return [
      { text: plan.title, path: workPlanPath(plan.slug) },
      { text: plan.body_name },
      { text: periodText(parseRange(plan.period), plan.period_precision) },
      { text: '', tag: plan.valid === null ? { text: 'utkast', tone: 'info' as const } : planStandings[standing] },
      {
        text: plan.followed_up_on === null ? 'ingen uppföljning' : dayText(plan.followed_up_on as Day),
        path: plan.valid === null ? null : planFollowUpPath(plan.slug),
      },
    ]
  }
  return {
    head: { title: 'Planer', crumbs: [{ text: 'Arbetsyta', path: workspacePath }, { text: 'Planer' }], hidden: true },
    lead: 'Utkast, uppföljning, milstolpar och revideringar av de planer du samordnar.',
    notices: [],
    ways: [],
    tables: [
      {
        anchor: 'planer',
        title: 'Handlingsplaner',
        columns: [
          { text: 'Plan' },
          { text: 'Grupp' },
          { text: 'Period' },
          { text: 'Läge' },
          { text: 'Senast uppföljd' },
        ],
        rows: plans.map(row),
        none: 'Inga planer.',
        add: { text: 'Börja på en ny plan', path: newPlanPath },
      },
    ],
  }
}

/** A plan's workbench: what it waits for and where each part of it is worked on. */
export async function workPlanPage(
  db: Reader,
  plan: PlanToEdit,
  day: Day,
  notices: readonly Notice[],
): Promise<RegisterPage> {
  const draft = plan.valid === null
  const [areas, sections, waiting] = [
    await areasToEdit(db, plan.id, draft ? 'draft' : day),
    await sectionsToEdit(db, plan.id),
    await waitingDecisions(db, plan.id),
  ]
  const activities = areas.reduce((sum, area) => sum + area.activities.length, 0)
  const standing = planStanding(
    { valid: draft ? null : parseRange(plan.valid ?? '[,)'), period: parseRange(plan.period) },
    day,
  )
  const waits: Notice[] =
    waiting.length > 0
      ? waiting.map(({ kind, title, meeting_title, item_number }) => ({
          tone: 'info',
          title: kind === 'plan_adopted' ? 'Väntar på beslut' : 'En revidering väntar på beslut',
          text: `${title}${meeting_title === null ? '' : `, ${meeting_title}${item_number === null ? '' : `, punkt ${item_number}`}`}.`,
        }))
      : draft
        ? [
            {
              tone: 'info',
              title: 'Utkast: väntar på beslut',
              text: 'Planen gäller när ett beslut har fastställt den. För in beslutet på en mötespunkt, eller',
              link: {
                text: 'fastställ den utanför ett möte',
                path: newDecisionLink('plan_adopted', { plan: plan.slug }),
              },
            },
          ]
        : []
  return {
    head: { title: plan.title, crumbs: [...crumbs(null, plan.title)], hidden: true },
    lead: `${counted(activities, 'aktivitet', 'aktiviteter')} i ${counted(areas.length, 'område', 'områden')}.`,
    notices: [...notices, ...waits],
    facts: [
      { term: 'Grupp', values: [{ text: plan.body_name }] },
      { term: 'Period', values: [{ text: periodText(parseRange(plan.period), plan.period_precision) }] },
      { term: 'Läge', values: [{ text: draft ? 'utkast' : planStandings[standing].text }] },
    ],
    ways: [
      ...(draft
        ? [{ text: 'Titel, period, målbild och inriktningar', path: planDetailsPath(plan.slug) }]
        : [
            { text: 'Uppföljning', path: planFollowUpPath(plan.slug) },
            { text: 'Revidering', path: planRevisionPath(plan.slug) },
          ]),
      { text: 'Milstolpar', path: planMilestonesPath(plan.slug) },
      { text: 'Planen som den visas för alla', path: planPath(plan.slug) },
    ],
    tables: [
      {
        anchor: 'omraden',
        title: 'Områden och aktiviteter',
        text: draft ? 'Numren följer ordningen tills planen är beslutad.' : null,
        columns: [{ text: 'Område' }, { text: 'Slag' }, { text: 'Aktiviteter' }],
        rows: areas.map((area) => [
          {
            text: `${areaCode(plan.code, area.kind, area.number)} ${area.title}`,
            path: draft ? planAreaPath(plan.slug, areaKey(area.kind, area.number)) : null,
          },
          { text: areaKindNames[area.kind].one },
          { text: area.activities.map(({ number }) => activityCode(plan.code, number)).join(', ') || 'inga' },
        ]),
        none: 'Inga områden än.',
        add: draft ? { text: 'Lägg till område', path: newPlanAreaPath(plan.slug) } : null,
      },
      {
        anchor: 'avsnitt',
        title: 'Övriga avsnitt',
        columns: [{ text: 'Rubrik' }, { text: 'Hör till' }],
        rows: sections.map(({ id, heading, area_title }) => [
          { text: heading, path: draft ? `${planSectionsPath(plan.slug)}/${id}` : null },
          { text: area_title ?? 'Hela planen' },
        ]),
        none: 'Inga övriga avsnitt.',
        add: draft ? { text: 'Lägg till avsnitt', path: `${planSectionsPath(plan.slug)}/nytt` } : null,
      },
    ],
    acts: draft ? [{ text: 'Släng utkastet', path: `${workPlanPath(plan.slug)}/slang`, about: plan.title }] : [],
  }
}

/** A plan's own words; null is a new plan. */
export function planDetailsPage(
  plan: PlanToEdit | null,
  bodies: readonly { id: number; name: string }[],
  code: string,
  form: FormState = untouched,
  draft: DraftPart | null = null,
): EditPage {
  const period = plan ? parseRange(plan.period) : null
  const text = (name: string, stands: string | number | null | undefined = '') => typedText(form, name, stands)
  const date = (on: Day | null | undefined) => (on && plan ? dateText(on, plan.period_precision) : '')
  const field = (name: string, label: string, stands: string | null | undefined, hint?: string): Question => ({
    as: 'field',
    name,
    label,
    value: text(name, stands),
    error: problemOf(form, name),
    ...(hint ? { hint } : {}),
  })
  const area = (name: string, label: string, stands: string | null | undefined, hint?: string): Question =>
    ({
      ...field(name, label, stands, hint),
      as: 'area',
      rows: 3,
    }) as Question
  return {
    head: {
      title: plan ? `Uppgifter om ${plan.title}` : 'Ny handlingsplan',
      crumbs: crumbs(plan, plan ? 'Uppgifter' : 'Ny handlingsplan'),
      hidden: true,
    },
    lead: plan
      ? null
      : 'Planen är ett utkast tills den är beslutad. Områden och aktiviteter lägger du till i nästa steg.',
    problems: form.problems,
    notices: [],
    draft,
    path: plan ? planDetailsPath(plan.slug) : newPlanPath,
    hidden: plan ? [{ name: 'version', value: String(plan.version) }] : [],
    groups: [
      {
        legend: 'Planen',
        questions: [
          { ...field('titel', 'Titel', plan?.title), required: true } as Question,
          {
            as: 'select',
            name: 'grupp',
            label: 'Grupp',
            empty: plan ? null : 'Välj grupp',
            required: true,
            options: bodies.map(({ id, name }) => ({ value: String(id), text: name })),
            value: text('grupp', plan?.body_id),
            error: problemOf(form, 'grupp'),
          },
          field('kod', 'Kod', plan?.code ?? code, 'Aktiviteterna heter efter koden: HP8-A01.'),
          field('period_fran', 'Gäller från', date(period?.from), vagueDateHint),
          field('period_till', 'Gäller till och med', period?.to ? date(addDays(period.to, -1)) : ''),
          {
            as: 'select',
            name: 'text_slag',
            label: 'Vad texten är',
            options: [
              { value: 'wording', text: 'Planens egen ordalydelse' },
              { value: 'summary', text: 'En sammanfattning av planen' },
            ],
            value: text('text_slag', plan?.text_kind ?? 'wording'),
            error: problemOf(form, 'text_slag'),
          },
        ],
      },
      {
        legend: 'Vad planen vill',
        questions: [
          area('malbild', 'Målbild', plan?.vision),
          area('malgrupp', 'Målgrupp', plan?.target_group),
          area('ambition', 'Ambition', plan?.ambition),
          area('inriktningar', 'Strategiska inriktningar', plan?.directions.join('\n'), 'En på varje rad.'),
        ],
      },
      {
        legend: 'Hur den drivs',
        questions: [
          area('ansvarig', 'Ansvarig', plan?.responsible),
          area('samordnas_av', 'Samordnas av', plan?.coordinated_by),
          area('uppfoljning', 'Hur planen följs upp', plan?.follow_up),
        ],
      },
    ],
    submit: plan ? 'Spara' : 'Skapa utkastet',
    ways: [],
  }
}

/** An area of a draft with its activities; null is a new one. */
export function areaPage(
  plan: PlanToEdit,
  area: AreaToEdit | null,
  form: FormState = untouched,
  draft: DraftPart | null = null,
): EditPage {
  const text = (name: string, stands: string | null | undefined = '') => typedText(form, name, stands)
  const code = area ? areaCode(plan.code, area.kind, area.number) : ''
  const title = area ? `${code} ${area.title}` : 'Nytt område'
  const path = area ? planAreaPath(plan.slug, areaKey(area.kind, area.number)) : newPlanAreaPath(plan.slug)
  const chosen = text('slag', area?.kind ?? 'improvement')
  return {
    head: { title, crumbs: crumbs(plan, title), hidden: true },
    problems: form.problems,
    notices: [],
    draft,
    path,
    hidden: [{ name: 'marke', value: area?.mark ?? '' }],
    groups: [
      {
        legend: null,
        questions: [
          {
            as: 'field',
            name: 'titel',
            label: 'Vad området heter',
            required: true,
            value: text('titel', area?.title),
            error: problemOf(form, 'titel'),
          },
          {
            as: 'options',
            name: 'slag',
            legend: 'Slag',
            many: false,
            error: problemOf(form, 'slag'),
            options: (['improvement', 'ongoing'] as const).map((kind) => ({
              value: kind,
              text: areaKindNames[kind].one,
              chosen: chosen === kind,
            })),
          },
          {
            as: 'area',
            name: 'syfte',
            label: 'Syfte och mål',
            rows: 3,
            value: text('syfte', area?.purpose),
            error: problemOf(form, 'syfte'),
          },
          {
            as: 'area',
            name: 'tidsram',
            label: 'Tidsram',
            rows: 2,
            value: text('tidsram', area?.timeframe),
            error: problemOf(form, 'tidsram'),
          },
          {
            as: 'area',
            name: 'organisation',
            label: 'Organisation',
            rows: 3,
            value: text('organisation', area?.organisation),
            error: problemOf(form, 'organisation'),
          },
          {
            as: 'area',
            name: 'aktiviteter',
            label: 'Aktiviteter',
            hint: 'En aktivitet på varje rad, i ordning. Numren sätts av portalen.',
            rows: 10,
            value: text(
              'aktiviteter',
              area?.activities.map(({ activity_text }) => activity_text.replace(/\s*\n\s*/g, ' ')).join('\n'),
            ),
            error: problemOf(form, 'aktiviteter'),
          },
        ],
      },
    ],
    submit: area ? 'Spara' : 'Lägg till området',
    ways: [],
    acts: area
      ? [
          { text: 'Flytta upp', path: `${path}/flytta`, fields: [{ name: 'riktning', value: 'up' }], about: title },
          { text: 'Flytta ner', path: `${path}/flytta`, fields: [{ name: 'riktning', value: 'down' }], about: title },
          { text: 'Ta bort området', path: `${path}/ta-bort`, about: `${title} och dess aktiviteter` },
        ]
      : [],
  }
}

/** A section of a draft; null is a new one. */
export function sectionPage(
  plan: PlanToEdit,
  section: SectionToEdit | null,
  areas: readonly AreaToEdit[],
  form: FormState = untouched,
): EditPage {
  const text = (name: string, stands: string | number | null | undefined = '') => typedText(form, name, stands)
  const title = section?.heading ?? 'Nytt avsnitt'
  const path = `${planSectionsPath(plan.slug)}/${section?.id ?? 'nytt'}`
  return {
    head: { title, crumbs: crumbs(plan, title), hidden: true },
    problems: form.problems,
    notices: [],
    path,
    hidden: [{ name: 'marke', value: section?.mark ?? '' }],
    groups: [
      {
        legend: null,
        questions: [
          {
            as: 'field',
            name: 'rubrik',
            label: 'Rubrik',
            required: true,
            value: text('rubrik', section?.heading),
            error: problemOf(form, 'rubrik'),
          },
          {
            as: 'select',
            name: 'hor_till',
            label: 'Hör till',
            empty: 'Hela planen',
            options: areas.map((area) => ({
              value: String(area.id),
              text: `${areaCode(plan.code, area.kind, area.number)} ${area.title}`,
            })),
            value: text('hor_till', section?.area_id),
            error: problemOf(form, 'hor_till'),
          },
          {
            as: 'area',
            name: 'text',
            label: 'Text',
            rows: 5,
            value: text('text', section?.section_text),
            error: problemOf(form, 'text'),
          },
          {
            as: 'area',
            name: 'punkter',
            label: 'Punkter',
            hint: 'En på varje rad.',
            rows: 5,
            value: text('punkter', section?.items.join('\n')),
            error: problemOf(form, 'punkter'),
          },
        ],
      },
    ],
    submit: section ? 'Spara' : 'Lägg till avsnittet',
    ways: [],
    acts: section ? [{ text: 'Ta bort avsnittet', path: `${path}/ta-bort`, about: title }] : [],
  }
}

/** The next revision of a plan in force: every activity, to change, take away or leave; and new ones. */
export function revisionPage(
  plan: PlanToEdit,
  revision: Revision,
  waiting: Awaited<ReturnType<typeof waitingDecisions>>,
  form: FormState = untouched,
  draft: DraftPart | null = null,
  notices: readonly Notice[] = [],
): EditPage {
  const prepared = revision.areas.flatMap(({ activities, added }) => [
    ...activities.flatMap(({ number, activity_text, proposed, leaves }) =>
      leaves || proposed !== null
        ? [
            [
              { text: activityCode(plan.code, number) },
              { text: activity_text },
              { text: leaves ? 'tas bort' : (proposed ?? '') },
            ],
          ]
        : [],
    ),
    ...added.map(({ number, activity_text }) => [
      { text: activityCode(plan.code, number) },
      { text: 'ny' },
      { text: activity_text },
    ]),
  ])
  const asked = waiting.some(({ kind }) => kind === 'plan_revised')
  return {
    head: { title: `Revidering av ${plan.title}`, crumbs: crumbs(plan, 'Revidering'), hidden: true },
    lead: 'Det du förbereder här gäller först när det är beslutat. Planen står som den är till dess.',
    problems: form.problems,
    notices: [
      ...notices,
      ...(prepared.length > 0
        ? [
            {
              tone: 'info' as const,
              title: asked ? 'Väntar på beslut' : 'Förberett',
              text: asked
                ? 'Beslutet är förberett. Ändringarna nedan tas med när det fattas.'
                : `${counted(prepared.length, 'ändring', 'ändringar')}. För in beslutet på en mötespunkt, eller`,
              link: asked
                ? null
                : {
                    text: 'revidera planen utanför ett möte',
                    path: newDecisionLink('plan_revised', { plan: plan.slug }),
                  },
            },
          ]
        : []),
    ],
    draft,
    path: planRevisionPath(plan.slug),
    hidden: [{ name: 'marke', value: revision.mark }],
    groups: revision.areas.map((area) => ({
      legend: `${areaCode(plan.code, area.kind, area.number)} ${area.title}`,
      questions: [
        ...area.activities.flatMap(({ number, activity_text, proposed, leaves }): Question[] => {
          const [name, gone] = [revisionFields.text(number), revisionFields.leaves(number)]
          return [
            {
              as: 'area',
              name,
              label: activityCode(plan.code, number),
              rows: 2,
              value: typedText(form, name, proposed ?? activity_text),
              error: problemOf(form, name),
            },
            {
              as: 'options',
              name: gone,
              legend: `Ska ${activityCode(plan.code, number)} tas bort?`,
              many: true,
              options: [
                {
                  value: 'ja',
                  text: 'Aktiviteten tas bort',
                  chosen: typedList(form, gone, leaves ? ['ja'] : []).length > 0,
                },
              ],
            },
          ]
        }),
        {
          as: 'area',
          name: revisionFields.added(area),
          label: `Nya aktiviteter i ${areaCode(plan.code, area.kind, area.number)}`,
          hint: 'En på varje rad.',
          rows: 2,
          value: typedText(
            form,
            revisionFields.added(area),
            area.added.map(({ activity_text }) => activity_text).join('\n'),
          ),
          error: problemOf(form, revisionFields.added(area)),
        },
      ],
    })),
    submit: 'Spara revideringen',
    ways: [{ text: 'Planen som den visas för alla', path: planPath(plan.slug) }],
    tables:
      prepared.length === 0
        ? []
        : [
            {
              anchor: 'forberett',
              title: 'Det som väntar på beslut',
              columns: [{ text: 'Aktivitet' }, { text: 'Gäller nu' }, { text: 'Efter beslutet' }],
              rows: prepared,
              none: '',
            },
          ],
  }
}

import { z } from 'zod'
import { date, ground, links, ownGround, slug, webAddress, wholeDay, words } from './fact-file.ts'

/** 'HP4': a plan. 'HP4-F1': its improvement area 1. 'HP4-L2': its ongoing area 2. 'HP4-A03': its activity 3. */
export const planPartCode = /^([A-Z]{1,6}\d{1,3})(?:-([FLA])(\d{1,3}))?$/

const planCode = z.string().regex(/^[A-Z]{1,6}\d{1,3}$/, 'is not a plan code (HP4)')
const partCode = z
  .string()
  .regex(planPartCode, 'is not the code of a plan or a part of one (HP4, HP4-F1, HP4-L2, HP4-A03)')
const areaCode = z.string().regex(/^[A-Z]{1,6}\d{1,3}-[FL]\d{1,3}$/, 'is not an area code (HP4-F1, HP4-L2)')
const activityCode = z.string().regex(/^[A-Z]{1,6}\d{1,3}-A\d{1,3}$/, 'is not an activity code (HP4-A03)')

const section = z
  .strictObject({ heading: words, text: words.optional(), items: z.array(words).default([]), ...ground })
  .refine(({ text, items }) => text !== undefined || items.length > 0, 'a section needs a text or items')

const milestone = z
  .strictObject({
    kind: z.enum([
      'start',
      'interim_report',
      'final_report',
      'funding_ends',
      'assignment_ends',
      'recurring',
      'period_end',
      'other',
    ]),
    title: words,
    due: date.optional(),
    recurrence: words.optional(),
    state: z.enum(['planned', 'done', 'moved']).default('planned'),
    doneOn: wholeDay.optional(),
    remark: words.optional(),
    ...ground,
  })
  .refine(({ due, recurrence }) => due !== undefined || recurrence !== undefined, 'a milestone needs due or recurrence')
  .refine(({ state, doneOn }) => (state === 'done') === (doneOn !== undefined), 'doneOn belongs to the state done')

const followUp = z
  .strictObject({
    notedOn: wholeDay,
    state: z.enum(['not_started', 'preparing', 'active', 'paused', 'done', 'ended']).optional(),
    text: words.optional(),
    notedBy: words.optional(),
    agendaItem: words.optional(),
    ...ground,
  })
  .refine(({ state, text }) => state !== undefined || text !== undefined, 'a follow-up needs a state or a text')

const followed = { milestones: z.array(milestone).default([]), followUps: z.array(followUp).default([]) }

const activity = z.strictObject({ code: activityCode, text: words, links, ...followed, ...ground })

const area = z.strictObject({
  code: areaCode,
  title: words,
  purpose: words.optional(),
  timeframe: words.optional(),
  organisation: words.optional(),
  sections: z.array(section).default([]),
  activities: z.array(activity).default([]),
  links,
  ...followed,
  ...ground,
})

/** plans/NAME.json: one action plan. */
export const planFile = z
  .strictObject({
    slug,
    code: planCode,
    title: words,
    body: slug,
    from: date,
    to: date,
    vision: words.optional(),
    targetGroup: words.optional(),
    ambition: words.optional(),
    coordinatedBy: words.optional(),
    responsible: words.optional(),
    followUp: words.optional(),
    textKind: z.enum(['wording', 'summary']),
    strategicDirections: z.array(z.strictObject({ direction: words, ...ground })).default([]),
    sections: z.array(section).default([]),
    improvementAreas: z.array(area).default([]),
    ongoingAreas: z.array(area).default([]),
    ...followed,
    ...ownGround,
  })
  .superRefine((plan, context) => {
    if (plan.to.on < plan.from.on) context.addIssue({ code: 'custom', path: ['to'], message: 'is before from' })
    if (plan.to.precision !== plan.from.precision) {
      context.addIssue({ code: 'custom', path: ['to'], message: 'is not as exact as from' })
    }
    const expectCode = (path: (string | number)[], found: string, letter: string, number: number) => {
      const [, ofPlan, ofKind, digits] = planPartCode.exec(found) ?? []
      if (ofPlan === plan.code && ofKind === letter && Number(digits) === number) return
      const expected = `${plan.code}-${letter}${String(number).padStart(letter === 'A' ? 2 : 1, '0')}`
      context.addIssue({
        code: 'custom',
        path,
        message: `"${found}" stands where ${expected} should: numbers run without gaps`,
      })
    }
    let activities = 0
    for (const [key, letter] of [
      ['improvementAreas', 'F'],
      ['ongoingAreas', 'L'],
    ] as const) {
      plan[key].forEach((area, index) => {
        expectCode([key, index, 'code'], area.code, letter, index + 1)
        area.activities.forEach((activity, place) => {
          activities += 1
          expectCode([key, index, 'activities', place, 'code'], activity.code, 'A', activities)
        })
      })
    }
  })
export type PlanFile = z.output<typeof planFile>
export type PlanArea = z.output<typeof area>
export type PlanSection = z.output<typeof section>
export type Milestone = z.output<typeof milestone>
export type FollowUp = z.output<typeof followUp>

/** Which plans a shared text concerns; absent means every plan. */
const concerns = { plans: z.array(planCode).min(1).optional() }

/** plans/common.json: what the plans share. Vision and dates apply where a plan has none of its own. */
export const commonPlanFile = z.strictObject({
  vision: words.optional(),
  sections: z.array(section.safeExtend(concerns)).default([]),
  milestones: z.array(milestone.safeExtend(concerns)).default([]),
  ...ownGround,
})
export type CommonPlanFile = z.output<typeof commonPlanFile>

/** plan-links.json: what a plan or a part of one depends on. Every `from` is linked to every target. */
export const planLinksFile = z.strictObject({
  links: z.array(
    z
      .strictObject({
        from: z.array(partCode).min(1),
        to: z.array(partCode).default([]),
        toBodies: z.array(slug).default([]),
        toAgendaItems: z.array(words).default([]),
        toMatters: z.array(slug).default([]),
        sameConcern: z.boolean().default(false),
        how: words,
        ...ownGround,
      })
      .refine(
        ({ to, toBodies, toAgendaItems, toMatters }) =>
          to.length + toBodies.length + toAgendaItems.length + toMatters.length > 0,
        'a link needs a target: to, toBodies, toAgendaItems or toMatters',
      ),
  ),
  documents: z.array(z.strictObject({ activity: activityCode, document: slug, how: words.optional() })).default([]),
})

/** projects.json: work limited in time. */
export const projectsFile = z.array(
  z.strictObject({
    slug,
    name: words,
    summary: words,
    body: slug.optional(),
    matter: slug.optional(),
    funding: words.optional(),
    fundingEnds: date.optional(),
    afterwards: words.optional(),
    url: webAddress.optional(),
    activities: z.array(activityCode).default([]),
    links,
    ...ownGround,
  }),
)

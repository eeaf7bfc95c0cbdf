/**
 * The format of the files of facts: what one county's registers hold when the portal is first started.
 * seeds/README.md describes it for the person who writes the files.
 */
import { z } from 'zod'
import { lastDayOf } from '../kernel/dates.ts'
import { date, ground, links, ownGround, slug, webAddress, wholeDay, words } from './fact-file.ts'

const certainty = z.enum(['stated', 'derived', 'uncertain'])
const textKind = z.enum(['wording', 'summary'])
const flag = z.boolean().default(false)

function list<T extends z.ZodType>(item: T) {
  return z.array(item).default([])
}

/** The first day of a validity, and its last: '2025' ends on the last day of the year. */
const validity = {
  from: date.transform(({ on }) => on).optional(),
  to: date.transform(({ on, precision }) => lastDayOf(on, precision)).optional(),
}

/** facts.json: which facts these are. */
export const headFile = z.strictObject({ name: slug, county: words })

export const sourcesFile = z.array(
  z.strictObject({
    code: z.string().regex(/^[A-Za-z0-9åäöÅÄÖ.-]{1,40}$/, 'must be a short code without spaces and colons'),
    title: words,
    kind: z.enum([
      'minutes',
      'slides',
      'plan',
      'strategy',
      'agreement',
      'law',
      'regulation',
      'website',
      'assumption',
      'portal',
    ]),
    quality: words.optional(),
    url: webAddress.optional(),
  }),
)

export const themesFile = z.array(z.strictObject({ slug, name: words }))

export const organisationsFile = z.array(
  z.strictObject({
    slug,
    name: words,
    shortName: words,
    kind: z.enum(['municipality', 'region', 'administration', 'association', 'federation', 'unit', 'external']),
    parent: slug.optional(),
    municipalCode: z
      .string()
      .regex(/^\d{4}$/, 'must be four digits')
      .optional(),
    isParty: flag,
    careKind: words.optional(),
    remark: words.optional(),
    ...validity,
    formerNames: list(z.strictObject({ name: words, ...validity })),
    ...ownGround,
  }),
)

export const personsFile = z.array(
  z.strictObject({
    slug,
    name: words.regex(/^\D+$/, 'must not hold digits'),
    noPageBecause: z.enum(['service_user_representative', 'uncertain_reading']).optional(),
    ...ownGround,
  }),
)

export const bodiesFile = z.array(
  z.strictObject({
    slug,
    name: words,
    shortName: words,
    kind: z.enum([
      'leadership',
      'presidium',
      'conference',
      'forum',
      'preparatory',
      'coordinating_group',
      'collaboration_area_group',
      'support_function',
      'working_group',
      'local_group',
      'network',
      'external',
    ]),
    parent: slug.optional(),
    theme: slug.optional(),
    purpose: words.optional(),
    composition: words.optional(),
    targetGroup: words.optional(),
    priorityArea: words.optional(),
    phase: words.optional(),
    state: words.optional(),
    functionMailbox: z.email().optional(),
    planned: flag,
    ...validity,
    otherNames: list(z.strictObject({ name: words, ...validity, remark: words.optional(), ...ground })),
    reportsTo: list(
      z
        .strictObject({ body: slug.optional(), text: words.optional(), how: words, ...ground })
        .refine((way) => (way.body === undefined) !== (way.text === undefined), 'needs either body or text'),
    ),
    requirements: list(
      z.strictObject({
        dimension: z.enum(['authority', 'geography', 'size', 'function', 'other']),
        requirement: words,
        ...ground,
      }),
    ),
    seats: list(
      z.strictObject({
        title: words,
        level: z.enum(['elected', 'civil_servant', 'support', 'service_user']).optional(),
        seats: z.int().positive().optional(),
        remark: words.optional(),
        representsText: words.optional(),
        representsOrganisation: slug.optional(),
        representsBody: slug.optional(),
        eachMunicipality: flag,
        ...ground,
      }),
    ),
    links,
    ...ownGround,
  }),
)

const role = z.enum([
  'chair',
  'vice_chair',
  'member',
  'substitute',
  'representative',
  'service_user_representative',
  'coordinator',
  'development_lead',
  'process_lead',
  'project_lead',
  'convener',
])

/** On whose behalf somebody sits. */
const onBehalf = z
  .strictObject({ organisation: slug.optional(), body: slug.optional(), certainty: certainty.default('stated') })
  .refine((it) => (it.organisation === undefined) !== (it.body === undefined), 'needs either organisation or body')

export const membershipsFile = z.array(
  z.strictObject({
    body: slug,
    person: slug,
    role,
    seat: words.optional(),
    onBehalf: onBehalf.optional(),
    title: words.optional(),
    unit: words.optional(),
    employer: slug.optional(),
    ground: z.enum(['opening_state', 'decision_not_registered']).default('opening_state'),
    knownFromMeeting: slug.optional(),
    knownFromDocument: slug.optional(),
    ...validity,
    ...ownGround,
  }),
)

export const mattersFile = z.array(
  z.strictObject({
    slug,
    title: words,
    summary: words.optional(),
    registryNumber: words.optional(),
    state: words.optional(),
    body: slug.optional(),
    otherBodies: list(slug),
    closedOn: wholeDay.optional(),
    links,
    ...ownGround,
  }),
)

const personOut = z.strictObject({
  person: slug,
  title: words.optional(),
  unit: words.optional(),
  employer: slug.optional(),
})

const effectGround = { effectiveOn: wholeDay.optional(), ...ground }
const seating = { body: slug, role, seat: words.optional(), ...effectGround }
const assignee = z
  .strictObject({ person: slug.optional(), body: slug.optional(), organisation: slug.optional() })
  .refine(
    (it) => Object.values(it).filter((value) => value !== undefined).length === 1,
    'needs one of person, body and organisation',
  )

const effect = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('member_replaced'),
    out: personOut,
    in: personOut,
    onBehalf: onBehalf.optional(),
    ...seating,
  }),
  z.strictObject({ kind: z.literal('member_appointed'), in: personOut, onBehalf: onBehalf.optional(), ...seating }),
  z.strictObject({ kind: z.literal('member_released'), out: personOut, ...seating }),
  z.strictObject({
    kind: z.literal('chair_appointed'),
    in: personOut,
    out: personOut.optional(),
    onBehalf: onBehalf.optional(),
    ...seating,
  }),
  z.strictObject({
    kind: z.literal('body_established'),
    details: z.strictObject({
      slug,
      name: words,
      kind: z.enum([
        'coordinating_group',
        'collaboration_area_group',
        'working_group',
        'local_group',
        'network',
        'preparatory',
        'forum',
      ]),
      shortName: words.optional(),
      purpose: words.optional(),
    }),
    ...effectGround,
  }),
  z.strictObject({ kind: z.literal('body_closed'), body: slug, ...effectGround }),
  z.strictObject({
    kind: z.literal('indicator_set'),
    value: z.number().nonnegative(),
    administration: slug.optional(),
    ...validity,
    ...effectGround,
  }),
  z
    .strictObject({
      kind: z.literal('parameter_set'),
      parameter: words,
      administration: slug.optional(),
      value: z.number().nonnegative().optional(),
      choice: words.optional(),
      ...validity,
      ...effectGround,
    })
    .refine((it) => (it.value === undefined) !== (it.choice === undefined), 'needs either value or choice'),
  z.strictObject({ kind: z.literal('plan_adopted'), plan: slug, ...effectGround }),
  z.strictObject({ kind: z.literal('document_adopted'), document: slug, ...effectGround }),
  z.strictObject({
    kind: z.literal('minutes_filed'),
    meeting: slug.optional(),
    text: words.optional(),
    ...effectGround,
  }),
  z.strictObject({
    kind: z.literal('assignment_given'),
    text: words,
    assignee: assignee.optional(),
    due: date.optional(),
    matter: slug.optional(),
    ...effectGround,
  }),
  z.strictObject({
    kind: z.literal('position'),
    text: words,
    matter: slug.optional(),
    document: slug.optional(),
    ...effectGround,
  }),
  z.strictObject({
    kind: z.literal('note'),
    text: words,
    matter: slug.optional(),
    document: slug.optional(),
    ...effectGround,
  }),
])
export type EffectFact = z.output<typeof effect>

const decisionWords = {
  kind: z.enum(['decision', 'position', 'endorsement']).default('decision'),
  title: words,
  clause: words.optional(),
  clauseOrigin: z.enum(['wording', 'summary']).default('summary'),
  effects: list(effect),
}
export type DecisionFact = z.output<typeof decisionOutsideMeeting> | z.output<typeof decisionInMeeting>

/** A decision whose meeting is not known. */
const decisionOutsideMeeting = z.strictObject({ slug, body: slug, decidedOn: date, ...decisionWords, ...ownGround })
export const decisionsFile = z.array(decisionOutsideMeeting)

/** A decision in an item. Slug (meeting and item number), body and date are the meeting's when left out. */
const decisionInMeeting = z.strictObject({
  slug: slug.optional(),
  body: slug.optional(),
  decidedOn: date.optional(),
  ...decisionWords,
  ...ground,
})

const itemWords = {
  number: z.string().regex(/^\d{1,3}[a-zåäö]?$/, 'must be a number, with a letter for a sub-item'),
  title: words,
  kinds: z.array(z.enum(['information', 'discussion', 'decision', 'position', 'status_report', 'workshop'])).min(1),
  text: words.optional(),
  textKind: textKind.optional(),
  state: words.optional(),
  afterMeeting: words.optional(),
  presenters: list(
    z
      .strictObject({
        person: slug.optional(),
        text: words.optional(),
        title: words.optional(),
        organisation: slug.optional(),
      })
      .refine((it) => (it.person === undefined) !== (it.text === undefined), 'needs either person or text'),
  ),
  matters: list(slug),
  documents: list(slug),
  links,
  statements: list(
    z.strictObject({ person: slug, kind: z.enum(['disqualification', 'reservation']), statement: words.optional() }),
  ),
  decisions: list(decisionInMeeting),
  ...ground,
}
const subItem = z.strictObject(itemWords)
const item = z.strictObject({ ...itemWords, items: list(subItem) })
export type ItemFact = z.output<typeof subItem>

/** meetings/*.json: one meeting in each file. */
export const meetingFile = z.strictObject({
  slug,
  body: slug,
  title: words,
  heldOn: wholeDay,
  startsAt: z
    .string()
    .regex(/^\d{2}:\d{2}$/, 'must be a time such as 09:30')
    .optional(),
  endsAt: z
    .string()
    .regex(/^\d{2}:\d{2}$/, 'must be a time such as 09:30')
    .optional(),
  place: words.optional(),
  videoLink: webAddress.optional(),
  state: z.enum(['mentioned', 'planned', 'called', 'held', 'drafted', 'published', 'cancelled']),
  textKind: textKind.default('summary'),
  remark: words.optional(),
  items: list(item),
  attendance: list(
    z.strictObject({
      person: slug,
      capacity: z.enum(['member', 'substitute', 'other']),
      organisation: slug.optional(),
      onBehalf: words.optional(),
      title: words.optional(),
      ...ground,
    }),
  ),
  ...ownGround,
})
export type MeetingFact = z.output<typeof meetingFile>

export const partyPositionsFile = z.array(
  z.strictObject({
    document: slug,
    /** Slugs of organisations, or every party of one kind. */
    parties: z.union([z.enum(['all', 'municipalities', 'regions']), z.array(slug).min(1)]),
    state: z.enum(['unknown', 'planned', 'endorsed', 'decided']),
    asOf: date,
    decidedBy: words.optional(),
    decidedOn: date.optional(),
    paragraph: words.optional(),
    url: webAddress.optional(),
    ...ownGround,
  }),
)

export const parametersFile = z.strictObject({
  values: list(
    z
      .strictObject({
        parameter: words,
        administrations: z.array(slug).min(1).optional(),
        ...validity,
        value: z.number().nonnegative().optional(),
        choice: words.optional(),
        ground: z.enum(['opening_state', 'agreement', 'regulation', 'assumption']),
        document: slug.optional(),
        knownFromMeeting: slug.optional(),
        remark: words.optional(),
        ...ownGround,
      })
      .refine((it) => (it.value === undefined) !== (it.choice === undefined), 'needs either value or choice'),
  ),
  publishedFigures: list(
    z.strictObject({
      administration: slug,
      period: date,
      episodes: z.int().nonnegative(),
      days: z.int().nonnegative(),
      ...ownGround,
    }),
  ),
})

export const assignmentsFile = z.array(
  z.strictObject({
    slug,
    task: words,
    assignee: assignee.optional(),
    assigneeText: words.optional(),
    due: date.optional(),
    dueText: words.optional(),
    state: z.enum(['open', 'done', 'ended']).default('open'),
    reportedOn: wholeDay.optional(),
    progress: words.optional(),
    item: words.optional(),
    matter: slug.optional(),
    /** The plan, or the part of one, that it comes from: 'HP4', 'HP4-F1', 'HP4-L2' or 'HP4-A03'. */
    planPart: words.optional(),
    ...ownGround,
  }),
)

export const timelinesFile = z.array(
  z
    .strictObject({
      body: slug.optional(),
      matter: slug.optional(),
      document: slug.optional(),
      entries: z
        .array(
          z.strictObject({
            from: date.optional(),
            to: date.optional(),
            entry: words,
            meeting: slug.optional(),
            person: slug.optional(),
            ...ownGround,
          }),
        )
        .min(1),
    })
    .refine(
      (it) => it.body !== undefined || it.matter !== undefined || it.document !== undefined,
      'needs body, matter or document',
    ),
)

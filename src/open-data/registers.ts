/** Every register of the open data: what is public of it, its fields in order, and what it may be narrowed to. */
import { type RawBuilder, sql } from 'kysely'
import { z } from 'zod'
import { registered } from '../audit/provenance.ts'
import { decisionsTouching } from '../effects/parties.ts'
import * as urls from '../kernel/urls.ts'
import { publicStates } from '../meetings/rules.ts'
import {
  computed,
  decisionChange,
  type Field,
  type Fragment,
  firstDay,
  flag,
  lastChange,
  lastDay,
  type Modified,
  maybeCount,
  maybeDay,
  maybeOneOf,
  maybeText,
  maybeTo,
  modified,
  onDay,
  oneOf,
  reference,
  text,
  to,
  toMany,
} from './fields.ts'

/** What a value of a filter must be, in words for who got it wrong, and what it narrows to. */
export type Filter = {
  about: string
  is: 'slug' | 'day' | 'year' | readonly string[]
  where: (value: string) => RawBuilder<boolean>
}

export type Register = {
  /** The last part of its address: 'meetings'. */
  name: string
  title: string
  about: string
  /** What one object is called in the OpenAPI document, in Popolo's terms where there is one. */
  type: string
  /** From, joins and the condition that makes a row public. */
  from: Fragment
  /** How many rows there are when nothing is narrowed, asked of as few tables as will do; when left out, of `from`. */
  total?: Fragment
  id: Fragment
  /** That a row has the id. */
  named: (id: string) => RawBuilder<boolean>
  modified: Modified
  order: Fragment
  fields: Readonly<Record<string, Field>>
  filters: Readonly<Record<string, Filter>>
  /** The page where a reader finds the object. */
  // biome-ignore lint/suspicious/noExplicitAny: each register reads the fields that it itself declares
  page: (item: Readonly<Record<string, any>>) => string
  /** The meeting and item whose masks cover the row's words. */
  masks?: Fragment
  /** The page that lists it, for the readable page. */
  listPage: string
  /** Themes of the European vocabulary: all are GOVE or HEAL. */
  theme: 'GOVE' | 'HEAL'
}

const bodyKinds = [
  'collaboration_area_group',
  'conference',
  'coordinating_group',
  'external',
  'forum',
  'leadership',
  'local_group',
  'network',
  'preparatory',
  'presidium',
  'support_function',
  'working_group',
]
const outcomes = ['declined', 'introduced', 'withdrawn']
const roles = [
  'chair',
  'convener',
  'coordinator',
  'development_lead',
  'member',
  'process_lead',
  'project_lead',
  'representative',
  'service_user_representative',
  'substitute',
  'vice_chair',
]
const organisationKinds = ['administration', 'association', 'external', 'federation', 'municipality', 'region', 'unit']
const decisionKinds = ['decision', 'endorsement', 'position']
const documentKinds = [
  'action_plan',
  'agreement',
  'assignment_description',
  'care_programme',
  'cover_letter',
  'guideline',
  'joint_plan',
  'law',
  'material',
  'matrix',
  'memo',
  'model',
  'national_agreement',
  'national_framework',
  'national_strategy',
  'report',
  'slide_deck',
  'strategy',
]
const documentStates = [
  'adopted',
  'affected',
  'being_introduced',
  'being_prepared',
  'completed',
  'draft',
  'in_force',
  'in_use',
  'planned',
  'under_revision',
  'unknown',
]
const followUpStates = ['active', 'done', 'ended', 'not_started', 'paused', 'preparing']
const milestoneKinds = [
  'assignment_ends',
  'final_report',
  'funding_ends',
  'interim_report',
  'other',
  'period_end',
  'recurring',
  'start',
]
const precisions = ['day', 'half_year', 'month', 'quarter', 'season', 'year']
const grounds = ['decision', 'decision_not_registered', 'opening_state']
const itemKinds = ['information', 'discussion', 'decision', 'position', 'status_report', 'workshop']
export const effectKinds = [
  'assignment_given',
  'body_closed',
  'body_established',
  'chair_appointed',
  'document_adopted',
  'indicator_set',
  'member_appointed',
  'member_released',
  'member_replaced',
  'minutes_filed',
  'note',
  'parameter_set',
  'plan_adopted',
  'plan_revised',
  'position',
]

const is = (column: string) => (value: string) => sql<boolean>`${sql.ref(column)}::text = ${value}`
const slugFilter = (column: string, about: string): Filter => ({ about, is: 'slug', where: is(column) })
const codeFilter = (column: string, codes: readonly string[], about: string): Filter => ({
  about,
  is: codes,
  where: is(column),
})
const daysFilters = (column: string): Record<'from' | 'to' | 'year', Filter> => ({
  from: { about: 'Från och med dagen.', is: 'day', where: (day) => sql<boolean>`${sql.ref(column)} >= ${day}::date` },
  to: { about: 'Till och med dagen.', is: 'day', where: (day) => sql<boolean>`${sql.ref(column)} <= ${day}::date` },
  year: {
    about: 'Bara ett år.',
    is: 'year',
    where: (year) => sql<boolean>`${sql.ref(column)} between ${`${year}-01-01`}::date and ${`${year}-12-31`}::date`,
  },
})
const onFilter = (column: string): Record<'on', Filter> => ({
  on: {
    about: 'Bara det som gällde dagen.',
    is: 'day',
    where: (day) => sql<boolean>`${sql.ref(column)} @> ${day}::date`,
  },
})
const stated = (...values: readonly string[]) => sql.join(values.map((value) => sql.lit(value)))
const meetingPublic = sql`meeting.state in (${stated(...publicStates)})`
/** The words of minutes are public when they are published. */
const whenPublished = (column: string, about: string): Field =>
  computed(
    sql`case when meeting.state in ('published', 'mentioned') then ${sql.ref(column)} end`,
    z.string().nullable().describe(about),
  )
/** Named by its address, or by its number: each is looked up in an index. */
const bySlug = (table: string): Pick<Register, 'id' | 'named'> => {
  const slug = sql.ref(`${table}.slug`)
  return { id: sql`${slug}`, named: (id) => sql<boolean>`${slug} = ${id}` }
}
const byNumber = (table: string): Pick<Register, 'id' | 'named'> => {
  const number = sql.ref(`${table}.id`)
  return {
    id: sql`${number}::text`,
    named: (id) => (/^[1-9]\d{0,17}$/.test(id) ? sql<boolean>`${number} = ${id}::bigint` : sql<boolean>`false`),
  }
}
const decidedPlan = sql`plan.valid is not null`
/** An area that is only drafted for a revision has nothing but drafted activities. */
const decidedArea = sql`(exists (select from activity where activity.area_id = plan_area.id and activity.valid is not null)
  or not exists (select from activity where activity.area_id = plan_area.id))`
/** A follow-up or a milestone of what is not decided is not public. */
const decidedActivity = sql`(activity.id is null or activity.valid is not null)`
/** The rows of the table about plans that are not decided or activities that are not: few, however old the county. */
const undecided = (table: 'milestone' | 'follow_up') => sql`(
  select count(*) from (
    select ${sql.ref(`${table}.id`)} from plan join ${sql.table(table)} on ${sql.ref(`${table}.plan_id`)} = plan.id where plan.valid is null
    union
    select ${sql.ref(`${table}.id`)} from activity join ${sql.table(table)} on ${sql.ref(`${table}.activity_id`)} = activity.id where activity.valid is null
  ) as undecided)`
const undecidedAreas = sql`(
  select count(*) from (
    select plan_area.id from plan join plan_area on plan_area.plan_id = plan.id where plan.valid is null
    union select plan_area.id from activity drafted join plan_area on plan_area.id = drafted.area_id where drafted.valid is null and not ${decidedArea}
  ) as undecided)`
const membershipsNotPublic = sql`(
  select count(*) from (
    select membership.id from person join membership on membership.person_id = person.id where person.no_page_because is not null
    union select id from membership where role = 'service_user_representative'
  ) as unnamed)`
const undecidedActivities = sql`(
  select count(*) from (
    select activity.id from plan join activity on activity.plan_id = plan.id where plan.valid is null
    union select id from activity where valid is null
  ) as undecided)`
const itemsNotPublic = sql`meeting join agenda_item on agenda_item.meeting_id = meeting.id where meeting.state = 'planned'`

/** @param root protocol, host and base path, which every address begins with */
export function registersOf(root: string): readonly Register[] {
  const one = to(root)
  const maybe = maybeTo(root)
  const many = toMany(root)
  const body = () => one('bodies', 'body.slug', 'body.name', 'organet')
  const plan = () => one('action-plans', 'plan.slug', 'plan.title', 'handlingsplanen')
  const validity = (column: string) => ({
    start_date: firstDay(column, 'första dagen; null när den inte framgår'),
    end_date: lastDay(column, 'sista dagen; null så länge det gäller'),
  })
  const bodyFilter = { body: slugFilter('body.slug', 'Organets id.') }

  const registers: Register[] = [
    {
      name: 'meetings',
      type: 'Event',
      title: 'Möten',
      theme: 'GOVE',
      listPage: urls.meetingsPath,
      about: 'Möten som är kallade, hållna eller omnämnda. Närvaro finns när protokollet är publicerat.',
      from: sql`from meeting join body on body.id = meeting.body_id where ${meetingPublic}`,
      total: sql`${registered('meeting')} - (select count(*) from meeting where state = 'planned')`,
      ...bySlug('meeting'),
      modified: lastChange('meeting'),
      order: sql`meeting.held_on desc, meeting.id desc`,
      masks: sql`meeting.id`,
      fields: {
        name: text('meeting.title', 'mötets namn'),
        organization: body(),
        start_date: onDay('meeting.held_on', 'dagen för mötet'),
        start_time: computed(
          sql`to_char(meeting.starts_at, 'HH24:MI')`,
          z.string().nullable().describe('klockslag i svensk tid'),
        ),
        end_time: computed(
          sql`to_char(meeting.ends_at, 'HH24:MI')`,
          z.string().nullable().describe('klockslag i svensk tid'),
        ),
        location: maybeText('meeting.place', 'plats'),
        state: oneOf('meeting.state', publicStates, 'hur långt mötet har kommit'),
        text_kind: oneOf('meeting.text_kind', ['summary', 'wording'], 'protokollets ord eller en sammanfattning'),
        attendees: computed(
          sql`case when meeting.state = 'published' then coalesce((
            select jsonb_agg(jsonb_build_object('person', jsonb_build_object('id', person.slug, 'name', person.name,
              'self', ${`${root}/api/v1/persons/`}::text || person.slug), 'role', attendance.capacity,
              'organization', organisation.name) order by attendance.position, attendance.id)
            from attendance join person on person.id = attendance.person_id
            left join organisation on organisation.id = attendance.organisation_id
            where attendance.meeting_id = meeting.id and person.no_page_because is null), '[]'::jsonb) else '[]'::jsonb end`,
          z
            .array(
              z.strictObject({
                person: reference,
                role: z.enum(['member', 'substitute', 'other']),
                organization: z.string().nullable(),
              }),
            )
            .describe('närvarande, när protokollet är publicerat'),
        ),
      },
      filters: {
        ...bodyFilter,
        ...daysFilters('meeting.held_on'),
        state: codeFilter('meeting.state', publicStates, 'Hur långt mötet har kommit.'),
        person: {
          about: 'Möten där personen är antecknad som närvarande.',
          is: 'slug',
          where: (value) =>
            sql<boolean>`meeting.state = 'published' and exists (select from attendance join person on person.id = attendance.person_id where attendance.meeting_id = meeting.id and person.slug = ${value} and person.no_page_because is null)`,
        },
      },
      page: ({ id }) => urls.meetingPath(id),
    },
    {
      name: 'agenda-items',
      type: 'AgendaItem',
      title: 'Dagordningspunkter',
      theme: 'GOVE',
      listPage: urls.meetingsPath,
      about: 'Punkter i kallade och hållna möten. Protokollets text finns när protokollet är publicerat.',
      from: sql`from agenda_item join meeting on meeting.id = agenda_item.meeting_id join body on body.id = meeting.body_id where ${meetingPublic}`,
      total: sql`${registered('agenda_item')} - (select count(*) from ${itemsNotPublic})`,
      id: sql`meeting.slug || '.' || agenda_item.number`,
      named: (id) => {
        const [, meeting = '', number = ''] = /^(.*)\.([^.]*)$/s.exec(id) ?? []
        return sql<boolean>`meeting.slug = ${meeting} and agenda_item.number = ${number}`
      },
      modified: lastChange('agenda_item', ['meeting', 'meeting_id']),
      order: sql`meeting.held_on desc, meeting.id desc, agenda_item.position, agenda_item.id`,
      masks: sql`meeting.id`,
      fields: {
        number: text('agenda_item.number', 'punktens nummer, till exempel 7b'),
        title: text('agenda_item.title', 'rubrik'),
        meeting: one('meetings', 'meeting.slug', 'meeting.title', 'mötet'),
        date: onDay('meeting.held_on', 'mötets dag'),
        organization: body(),
        kinds: computed(
          sql`to_jsonb(agenda_item.kinds)`,
          z.array(z.enum(itemKinds as [string, ...string[]])).describe('slags punkt'),
        ),
        background: maybeText('agenda_item.background', 'vad dagordningen säger före mötet'),
        text: whenPublished('agenda_item.body_text', 'protokollets text'),
        status: whenPublished('agenda_item.state_text', 'läget enligt protokollet'),
        after_meeting: whenPublished('agenda_item.after_meeting', 'vad som hände efter mötet'),
        matters: many(
          'matters',
          'matter.slug',
          'matter.title',
          sql`from agenda_item_matter join matter on matter.id = agenda_item_matter.matter_id where agenda_item_matter.agenda_item_id = agenda_item.id`,
          'ärenden',
        ),
        documents: many(
          'documents',
          'document.slug',
          'document.title',
          sql`from agenda_item_document join document on document.id = agenda_item_document.document_id where agenda_item_document.agenda_item_id = agenda_item.id`,
          'dokument',
        ),
        presenters: many(
          'persons',
          'person.slug',
          'person.name',
          sql`from agenda_item_presenter join person on person.id = agenda_item_presenter.person_id where agenda_item_presenter.agenda_item_id = agenda_item.id and person.no_page_because is null`,
          'föredragande',
        ),
      },
      filters: {
        ...bodyFilter,
        ...daysFilters('meeting.held_on'),
        meeting: slugFilter('meeting.slug', 'Mötets id.'),
        kind: {
          about: 'Slags punkt.',
          is: itemKinds,
          where: (value) => sql<boolean>`agenda_item.kinds @> array[${value}]::text[]`,
        },
      },
      page: ({ meeting, number }) => urls.itemPath(meeting.id, number),
    },
    {
      name: 'decisions',
      type: 'Motion',
      title: 'Beslut',
      theme: 'GOVE',
      listPage: urls.decisionsPath,
      about: 'Beslut och ställningstaganden som har fått verkan, med varje verkan och dess läge i dag.',
      from: sql`from decision join body on body.id = decision.body_id left join meeting on meeting.id = decision.meeting_id
        left join agenda_item on agenda_item.id = decision.agenda_item_id where decision.state = 'carried_out'`,
      total: sql`(select coalesce(sum(decisions), 0)::bigint from decision_count)`,
      ...bySlug('decision'),
      modified: decisionChange(),
      order: sql`decision.decided_on desc, decision.id desc`,
      masks: sql`meeting.id`,
      fields: {
        title: text('decision.title', 'rubrik'),
        text: maybeText('decision.clause', 'beslutsmening'),
        classification: oneOf(
          'decision.kind',
          decisionKinds,
          'beslut, ställningstagande, eller ett annat organs ställningstagande',
        ),
        date: onDay('decision.decided_on', 'dagen för beslutet'),
        date_precision: oneOf('decision.decided_precision', precisions, 'hur noga dagen är känd'),
        organization: body(),
        meeting: maybe('meetings', 'meeting.slug', 'meeting.title', 'mötet; null när det inte är känt'),
        agenda_item: maybeText('agenda_item.number', 'punktens nummer'),
        result: computed(
          sql`'pass'::text`,
          z.enum(['pass']).describe('Popolos ord: bara det som har beslutats finns här'),
        ),
        effects: computed(
          sql`'[]'::jsonb`,
          z
            .array(
              z.strictObject({
                kind: z.enum(effectKinds as [string, ...string[]]).describe('slags verkan'),
                text: z.string().nullable().describe('vad verkan är; null när den rör någon utan egen sida'),
                state: z.enum(['in_force', 'coming', 'replaced', 'ended', 'none']).describe('läget i dag'),
                replaced_by: z.string().nullable().describe('id för beslutet som har ersatt det'),
              }),
            )
            .describe('det beslutet ändrar i registren'),
        ),
      },
      filters: {
        ...bodyFilter,
        ...daysFilters('decision.decided_on'),
        kind: codeFilter('decision.kind', decisionKinds, 'Slags beslut.'),
        meeting: slugFilter('meeting.slug', 'Mötets id.'),
        effect: {
          about: 'Slags verkan.',
          is: effectKinds,
          where: (value) =>
            sql<boolean>`exists (select from effect where effect.decision_id = decision.id and effect.kind = ${value}::effect_kind)`,
        },
        person: {
          about: 'Någon som tillträder, lämnar eller får ett uppdrag.',
          is: 'slug',
          where: (value) =>
            sql<boolean>`exists (select from effect join person on person.id in (effect.person_in_id, effect.person_out_id, effect.assignee_person_id) where effect.decision_id = decision.id and person.slug = ${value} and person.no_page_because is null)`,
        },
        party: {
          about: 'En part som beslutet rör.',
          is: 'slug',
          where: (value) => sql<boolean>`decision.id in (${decisionsTouching({ slug: value })})`,
        },
      },
      page: ({ id }) => urls.decisionPath(id),
    },
    {
      name: 'bodies',
      type: 'Organization',
      title: 'Organ och grupper',
      theme: 'GOVE',
      listPage: urls.bodiesPath,
      about: 'Ledning, samordnande grupper, arbetsgrupper och nätverk.',
      from: sql`from body left join body parent on parent.id = body.parent_id left join theme on theme.id = body.theme_id where true`,
      ...bySlug('body'),
      modified: lastChange('body'),
      order: sql`body.position, body.id`,
      fields: {
        name: text('body.name', 'namn'),
        short_name: text('body.short_name', 'kort namn'),
        classification: oneOf('body.kind', bodyKinds, 'slags organ'),
        parent: maybe('bodies', 'parent.slug', 'parent.name', 'organet som det hör till'),
        theme: maybe('themes', 'theme.slug', 'theme.name', 'temat'),
        purpose: maybeText('body.purpose', 'syfte'),
        target_group: maybeText('body.target_group', 'målgrupp'),
        planned: flag('body.planned', 'sant när det ännu inte är inrättat'),
        founding_date: firstDay('body.valid', 'första dagen; null när den inte framgår'),
        dissolution_date: lastDay('body.valid', 'sista dagen'),
      },
      filters: {
        kind: codeFilter('body.kind', bodyKinds, 'Slags organ.'),
        parent: slugFilter('parent.slug', 'Organet som det hör till.'),
        theme: slugFilter('theme.slug', 'Temats id.'),
        ...onFilter('body.valid'),
      },
      page: ({ id }) => urls.bodyPath(id),
    },
    {
      name: 'seats',
      type: 'Post',
      title: 'Platser',
      theme: 'GOVE',
      listPage: urls.bodiesPath,
      about: 'Platser i organen och vad de företräder.',
      from: sql`from seat join body on body.id = seat.body_id left join organisation on organisation.id = seat.represents_organisation_id where true`,
      ...byNumber('seat'),
      modified: lastChange('seat'),
      order: sql`body.position, body.id, seat.position, seat.id`,
      fields: {
        label: text('seat.title', 'platsens namn'),
        organization: body(),
        level: maybeOneOf('seat.level', ['civil_servant', 'elected', 'service_user', 'support'], 'nivå'),
        count: maybeCount('seat.seats', 'antal; null när det inte framgår'),
        each_municipality: flag('seat.each_municipality', 'sant när varje kommun har en'),
        represents: maybe('organisations', 'organisation.slug', 'organisation.name', 'vem platsen företräder'),
        ...validity('seat.valid'),
      },
      filters: {
        ...bodyFilter,
        party: slugFilter('organisation.slug', 'Organisationen som platsen företräder.'),
        ...onFilter('seat.valid'),
      },
      page: ({ organization }) => urls.bodyPath(organization.id),
    },
    {
      name: 'persons',
      type: 'Person',
      title: 'Personer',
      theme: 'GOVE',
      listPage: urls.bodiesPath,
      about: 'Personer med offentliga uppdrag. Kontaktuppgifter finns inte, och inte den som inte ska ha en egen sida.',
      from: sql`from person where person.no_page_because is null`,
      ...bySlug('person'),
      modified: lastChange('person'),
      order: sql`person.name collate "sv-x-icu", person.id`,
      fields: { name: text('person.name', 'namn') },
      filters: {
        body: {
          about: 'Den som har eller har haft ett uppdrag i organet.',
          is: 'slug',
          where: (value) =>
            sql<boolean>`exists (select from membership join body on body.id = membership.body_id where membership.person_id = person.id and body.slug = ${value})`,
        },
        on: {
          about: 'Den som hade ett uppdrag dagen.',
          is: 'day',
          where: (day) =>
            sql<boolean>`exists (select from membership where membership.person_id = person.id and membership.valid @> ${day}::date)`,
        },
      },
      page: ({ id }) => urls.personPath(id),
    },
    {
      name: 'organisations',
      type: 'AuthorityOrganization',
      title: 'Organisationer',
      theme: 'GOVE',
      listPage: urls.partiesPath,
      about: 'Kommunerna, regionen och dess förvaltningar, förbund och föreningar.',
      from: sql`from organisation left join organisation parent on parent.id = organisation.parent_id where true`,
      ...bySlug('organisation'),
      modified: lastChange('organisation'),
      order: sql`organisation.position, organisation.id`,
      fields: {
        name: text('organisation.name', 'namn'),
        short_name: text('organisation.short_name', 'kort namn'),
        classification: oneOf('organisation.kind', organisationKinds, 'slags organisation'),
        is_party: flag('organisation.is_party', 'sant för parterna i överenskommelserna'),
        municipal_code: maybeText('organisation.municipal_code', 'kommunkod'),
        parent: maybe('organisations', 'parent.slug', 'parent.name', 'organisationen som den hör till'),
        founding_date: firstDay('organisation.valid', 'första dagen; null när den inte framgår'),
        dissolution_date: lastDay('organisation.valid', 'sista dagen'),
      },
      filters: {
        kind: codeFilter('organisation.kind', organisationKinds, 'Slags organisation.'),
        parent: slugFilter('parent.slug', 'Organisationen som den hör till.'),
        ...onFilter('organisation.valid'),
      },
      page: ({ is_party, short_name }) => (is_party ? urls.partyPath(short_name) : urls.organisationPath),
    },
    {
      name: 'memberships',
      type: 'Membership',
      title: 'Uppdrag i grupper',
      theme: 'GOVE',
      listPage: urls.bodiesPath,
      about: 'Vem som har vilken roll i vilket organ, för vem, från och till.',
      from: sql`from membership join person on person.id = membership.person_id join body on body.id = membership.body_id
        left join organisation on organisation.id = membership.on_behalf_organisation_id
        left join seat on seat.id = membership.seat_id where person.no_page_because is null and membership.role <> 'service_user_representative'`,
      total: sql`${registered('membership')} - ${membershipsNotPublic}`,
      ...byNumber('membership'),
      modified: lastChange('membership', ['person', 'person_id']),
      order: sql`body.position, body.id, membership.id`,
      fields: {
        person: one('persons', 'person.slug', 'person.name', 'personen'),
        organization: body(),
        role: oneOf('membership.role', roles, 'roll'),
        label: maybeText('membership.title', 'titel som den uppgavs då'),
        post: computed(
          sql`case when seat.id is null then null else jsonb_build_object('id', seat.id::text, 'name', seat.title, 'self', ${`${root}/api/v1/seats/`}::text || seat.id) end`,
          reference.nullable().describe('platsen'),
        ),
        on_behalf_of: maybe('organisations', 'organisation.slug', 'organisation.name', 'för vem'),
        ground: oneOf('membership.start_ground', grounds, 'grunden för uppdraget'),
        ...validity('membership.valid'),
      },
      filters: {
        ...bodyFilter,
        person: slugFilter('person.slug', 'Personens id.'),
        party: slugFilter('organisation.slug', 'Organisationen som uppdraget är för.'),
        kind: codeFilter('membership.role', roles, 'Roll.'),
        ...onFilter('membership.valid'),
      },
      page: ({ organization }) => urls.bodyPath(organization.id),
    },
    {
      name: 'action-plans',
      type: 'ActionPlan',
      title: 'Handlingsplaner',
      theme: 'HEAL',
      listPage: urls.plansPath,
      about: 'Beslutade handlingsplaner.',
      from: sql`from plan join body on body.id = plan.body_id left join effect on effect.id = plan.adopted_effect_id left join decision on decision.id = effect.decision_id where ${decidedPlan}`,
      ...bySlug('plan'),
      modified: lastChange('plan'),
      order: sql`plan.position, plan.id`,
      fields: {
        code: text('plan.code', 'planens kod'),
        title: text('plan.title', 'titel'),
        organization: body(),
        vision: maybeText('plan.vision', 'målbild'),
        target_group: maybeText('plan.target_group', 'målgrupp'),
        directions: computed(
          sql`coalesce((select jsonb_agg(direction order by number) from strategic_direction where plan_id = plan.id), '[]'::jsonb)`,
          z.array(z.string()).describe('strategiska inriktningar'),
        ),
        period_start: firstDay('plan.period', 'periodens första dag'),
        period_end: lastDay('plan.period', 'periodens sista dag'),
        decision: maybe('decisions', 'decision.slug', 'decision.title', 'beslutet som antog planen'),
        ...validity('plan.valid'),
      },
      filters: { ...bodyFilter, ...onFilter('plan.valid') },
      page: ({ id }) => urls.planPath(id),
    },
    {
      name: 'areas',
      type: 'PlanArea',
      title: 'Områden i handlingsplaner',
      theme: 'HEAL',
      listPage: urls.plansPath,
      about: 'Förbättringsområden och områden som fortgår över tid.',
      from: sql`from plan_area join plan on plan.id = plan_area.plan_id join body on body.id = plan.body_id where ${decidedPlan} and ${decidedArea}`,
      total: sql`${registered('plan_area')} - ${undecidedAreas}`,
      ...byNumber('plan_area'),
      modified: lastChange('plan_area', ['plan', 'plan_id']),
      order: sql`plan.position, plan.id, plan_area.kind, plan_area.number, plan_area.id`,
      fields: {
        code: computed(
          sql`plan.code || case plan_area.kind when 'improvement' then '-F' else '-L' end || plan_area.number`,
          z.string().describe('områdets kod i planen'),
        ),
        title: text('plan_area.title', 'titel'),
        kind: oneOf('plan_area.kind', ['improvement', 'ongoing'], 'förbättringsområde, eller fortgår över tid'),
        action_plan: plan(),
        purpose: maybeText('plan_area.purpose', 'syfte'),
        timeframe: maybeText('plan_area.timeframe', 'tidsram'),
      },
      filters: {
        ...bodyFilter,
        plan: slugFilter('plan.slug', 'Handlingsplanens id.'),
        kind: codeFilter('plan_area.kind', ['improvement', 'ongoing'], 'Slags område.'),
      },
      page: ({ action_plan }) => urls.planPath(action_plan.id),
    },
    {
      name: 'activities',
      type: 'Activity',
      title: 'Aktiviteter i handlingsplaner',
      theme: 'HEAL',
      listPage: urls.plansPath,
      about: 'Beslutade aktiviteter, även de som en revidering har ersatt, med senaste uppföljning.',
      from: sql`from activity join plan on plan.id = activity.plan_id join body on body.id = plan.body_id join plan_area on plan_area.id = activity.area_id where ${decidedPlan} and activity.valid is not null`,
      total: sql`${registered('activity')} - ${undecidedActivities}`,
      ...byNumber('activity'),
      modified: lastChange('activity', ['plan', 'plan_id']),
      order: sql`plan.position, plan.id, activity.number, activity.id`,
      fields: {
        code: computed(
          sql`plan.code || '-A' || lpad(activity.number::text, greatest(2, length(activity.number::text)), '0')`,
          z.string().describe('aktivitetens kod, till exempel HP4-A03'),
        ),
        text: text('activity.activity_text', 'vad som ska göras'),
        action_plan: plan(),
        area: computed(
          sql`jsonb_build_object('id', plan_area.id::text, 'name', plan_area.title, 'self', ${`${root}/api/v1/areas/`}::text || plan_area.id)`,
          reference.describe('området'),
        ),
        ...validity('activity.valid'),
      },
      filters: { ...bodyFilter, plan: slugFilter('plan.slug', 'Handlingsplanens id.'), ...onFilter('activity.valid') },
      page: ({ action_plan, code }) => urls.activityPath(action_plan.id, code),
    },
    {
      name: 'milestones',
      type: 'Milestone',
      title: 'Milstolpar',
      theme: 'HEAL',
      listPage: urls.followUpPath,
      about: 'Daterade hållpunkter i handlingsplaner.',
      from: sql`from milestone join plan on plan.id = milestone.plan_id join body on body.id = plan.body_id left join activity on activity.id = milestone.activity_id where ${decidedPlan} and ${decidedActivity}`,
      total: sql`${registered('milestone')} - ${undecided('milestone')}`,
      ...byNumber('milestone'),
      modified: lastChange('milestone'),
      order: sql`milestone.due_on nulls last, milestone.id`,
      fields: {
        title: text('milestone.title', 'vad som ska vara klart'),
        kind: oneOf('milestone.kind', milestoneKinds, 'slags milstolpe'),
        state: oneOf('milestone.state', ['done', 'moved', 'planned'], 'läge'),
        due: maybeDay('milestone.due_on', 'när den ska vara klar'),
        due_precision: maybeOneOf('milestone.due_precision', precisions, 'hur noga dagen är känd'),
        done: maybeDay('milestone.done_on', 'när den blev klar'),
        action_plan: plan(),
      },
      filters: {
        ...bodyFilter,
        plan: slugFilter('plan.slug', 'Handlingsplanens id.'),
        ...daysFilters('milestone.due_on'),
        kind: codeFilter('milestone.kind', milestoneKinds, 'Slags milstolpe.'),
        state: codeFilter('milestone.state', ['done', 'moved', 'planned'], 'Läge.'),
      },
      page: ({ action_plan }) => urls.planPath(action_plan.id),
    },
    {
      name: 'follow-up-notes',
      type: 'FollowUpNote',
      title: 'Uppföljningsanteckningar',
      theme: 'HEAL',
      listPage: urls.followUpPath,
      about: 'Läge och anteckning en viss dag.',
      from: sql`from follow_up join plan on plan.id = follow_up.plan_id join body on body.id = plan.body_id left join activity on activity.id = follow_up.activity_id where ${decidedPlan} and ${decidedActivity}`,
      total: sql`${registered('follow_up')} - ${undecided('follow_up')}`,
      ...byNumber('follow_up'),
      modified: lastChange('follow_up'),
      order: sql`follow_up.noted_on desc, follow_up.id desc`,
      fields: {
        date: onDay('follow_up.noted_on', 'dagen för anteckningen'),
        state: maybeOneOf('follow_up.state', followUpStates, 'läge'),
        note: maybeText('follow_up.note', 'anteckning'),
        action_plan: plan(),
        activity: computed(
          sql`case when activity.id is null then null else jsonb_build_object('id', activity.id::text, 'name', activity.activity_text, 'self', ${`${root}/api/v1/activities/`}::text || activity.id) end`,
          reference.nullable().describe('aktiviteten'),
        ),
      },
      filters: {
        ...bodyFilter,
        plan: slugFilter('plan.slug', 'Handlingsplanens id.'),
        ...daysFilters('follow_up.noted_on'),
        state: codeFilter('follow_up.state', followUpStates, 'Läge.'),
      },
      page: ({ action_plan }) => urls.planPath(action_plan.id),
    },
    {
      name: 'matters',
      type: 'Matter',
      title: 'Ärenden',
      theme: 'GOVE',
      listPage: urls.mattersPath,
      about: 'Det som följs över flera möten, planer och dokument.',
      from: sql`from matter left join body on body.id = matter.body_id where true`,
      ...bySlug('matter'),
      modified: lastChange('matter'),
      order: sql`matter.position, matter.id`,
      fields: {
        title: text('matter.title', 'rubrik'),
        registry_number: maybeText('matter.registry_number', 'diarienummer'),
        summary: maybeText('matter.summary', 'sammanfattning'),
        status: maybeText('matter.state_text', 'läge'),
        organization: maybe('bodies', 'body.slug', 'body.name', 'organet'),
        closed: maybeDay('matter.closed_on', 'dagen då det avslutades'),
      },
      filters: {
        ...bodyFilter,
        state: {
          about: 'Öppet eller avslutat.',
          is: ['open', 'closed'],
          where: (value) => sql<boolean>`(matter.closed_on is not null) = ${value === 'closed'}`,
        },
      },
      page: ({ id }) => urls.matterPath(id),
    },
    {
      name: 'documents',
      type: 'Document',
      title: 'Dokument',
      theme: 'GOVE',
      listPage: urls.documentsPath,
      about: 'Överenskommelser, riktlinjer, strategier och annat underlag.',
      from: sql`from document left join body on body.id = document.owner_body_id left join effect on effect.id = document.adopted_effect_id left join decision on decision.id = effect.decision_id where true`,
      total: registered('document'),
      ...bySlug('document'),
      modified: lastChange('document'),
      order: sql`document.position, document.id`,
      fields: {
        title: text('document.title', 'titel'),
        classification: oneOf('document.kind', documentKinds, 'slags dokument'),
        state: oneOf('document.state', documentStates, 'läge'),
        summary: maybeText('document.summary', 'sammanfattning'),
        dated: maybeDay('document.dated_on', 'dokumentets datum'),
        dated_precision: maybeOneOf('document.dated_precision', precisions, 'hur noga dagen är känd'),
        organization: maybe('bodies', 'body.slug', 'body.name', 'organet som äger det'),
        decision: maybe('decisions', 'decision.slug', 'decision.title', 'beslutet som antog det'),
        parties: many(
          'organisations',
          'party.slug',
          'party.name',
          sql`from document_party join organisation party on party.id = document_party.organisation_id where document_party.document_id = document.id`,
          'parter',
        ),
        matters: many(
          'matters',
          'matter.slug',
          'matter.title',
          sql`from document_matter join matter on matter.id = document_matter.matter_id where document_matter.document_id = document.id`,
          'ärenden',
        ),
        ...validity('document.in_force'),
        revision_due: maybeDay('document.revision_due_on', 'när det ska revideras'),
      },
      filters: {
        ...bodyFilter,
        kind: codeFilter('document.kind', documentKinds, 'Slags dokument.'),
        state: codeFilter('document.state', documentStates, 'Läge.'),
        ...daysFilters('document.dated_on'),
        ...onFilter('document.in_force'),
        party: {
          about: 'En part i dokumentet.',
          is: 'slug',
          where: (value) =>
            sql<boolean>`exists (select from document_party join organisation party on party.id = document_party.organisation_id where document_party.document_id = document.id and party.slug = ${value})`,
        },
      },
      page: ({ id }) => urls.documentPath(id),
    },
    {
      name: 'party-positions',
      type: 'PartyPosition',
      title: 'Beslutsläge hos parterna',
      theme: 'GOVE',
      listPage: urls.partiesPath,
      about: 'Var varje part står i ett dokument, som det var känt en viss dag.',
      from: sql`from party_position join document on document.id = party_position.document_id join organisation on organisation.id = party_position.organisation_id where true`,
      total: registered('party_position'),
      ...byNumber('party_position'),
      modified: lastChange('party_position'),
      order: sql`party_position.as_of desc, party_position.id desc`,
      fields: {
        document: one('documents', 'document.slug', 'document.title', 'dokumentet'),
        organization: one('organisations', 'organisation.slug', 'organisation.name', 'parten'),
        state: oneOf('party_position.state', ['decided', 'endorsed', 'planned', 'unknown'], 'läge'),
        as_of: onDay('party_position.as_of', 'dagen då det var känt'),
        decided_by: maybeText('party_position.decided_by', 'organet hos parten'),
        decided: maybeDay('party_position.decided_on', 'dagen för partens beslut'),
        paragraph: maybeText('party_position.paragraph', 'paragraf'),
        link: maybeText('party_position.url', 'adress till partens beslut'),
      },
      filters: {
        document: slugFilter('document.slug', 'Dokumentets id.'),
        party: slugFilter('organisation.slug', 'Partens id.'),
        state: codeFilter('party_position.state', ['decided', 'endorsed', 'planned', 'unknown'], 'Läge.'),
        ...daysFilters('party_position.as_of'),
      },
      page: ({ document }) => urls.documentPath(document.id),
    },
    {
      name: 'assignments',
      type: 'Assignment',
      title: 'Uppdrag',
      theme: 'GOVE',
      listPage: urls.followUpPath,
      about: 'Vem som ska göra vad till när.',
      from: sql`from assignment left join agenda_item on agenda_item.id = assignment.agenda_item_id left join meeting on meeting.id = agenda_item.meeting_id
        left join body on body.id = assignment.assignee_body_id left join organisation on organisation.id = assignment.assignee_organisation_id
        left join person on person.id = assignment.assignee_person_id and person.no_page_because is null where (meeting.id is null or ${meetingPublic})`,
      total: sql`${registered('assignment')} - (select count(*) from assignment where agenda_item_id in (select agenda_item.id from ${itemsNotPublic}))`,
      ...bySlug('assignment'),
      modified: lastChange('assignment'),
      order: sql`assignment.due_on nulls last, assignment.id`,
      masks: sql`meeting.id`,
      fields: {
        task: text('assignment.task', 'vad som ska göras'),
        state: oneOf('assignment.state', ['done', 'ended', 'open'], 'läge'),
        due: maybeDay('assignment.due_on', 'när det ska vara klart'),
        due_precision: maybeOneOf('assignment.due_precision', precisions, 'hur noga dagen är känd'),
        meeting: maybe('meetings', 'meeting.slug', 'meeting.title', 'mötet där det gavs'),
        agenda_item: maybeText('agenda_item.number', 'punktens nummer'),
        assigned_body: maybe('bodies', 'body.slug', 'body.name', 'organet som ska göra det'),
        assigned_organization: maybe(
          'organisations',
          'organisation.slug',
          'organisation.name',
          'organisationen som ska göra det',
        ),
        assigned_person: maybe('persons', 'person.slug', 'person.name', 'personen som ska göra det'),
      },
      filters: {
        ...bodyFilter,
        person: slugFilter('person.slug', 'Personens id.'),
        party: slugFilter('organisation.slug', 'Organisationens id.'),
        state: codeFilter('assignment.state', ['done', 'ended', 'open'], 'Läge.'),
        ...daysFilters('assignment.due_on'),
      },
      page: ({ meeting, agenda_item }) =>
        meeting && agenda_item ? urls.itemPath(meeting.id, agenda_item) : urls.followUpPath,
    },
    {
      name: 'parameters',
      type: 'Parameter',
      title: 'Gränsvärden och regler',
      theme: 'HEAL',
      listPage: urls.dischargeRulesPath,
      about: 'Indikatorer och andra värden med giltighet och grund.',
      from: sql`from parameter_value left join organisation on organisation.id = parameter_value.administration_id left join effect on effect.id = parameter_value.effect_id left join decision on decision.id = effect.decision_id where true`,
      ...byNumber('parameter_value'),
      modified: lastChange('parameter_value'),
      order: sql`parameter_value.parameter_code, parameter_value.valid, parameter_value.id`,
      fields: {
        code: text('parameter_value.parameter_code', 'parameterns kod'),
        value: computed(sql`parameter_value.value`, z.number().nullable().describe('värdet, när det är ett tal')),
        choice: maybeText('parameter_value.choice', 'värdet, när det är ett val'),
        organization: maybe(
          'organisations',
          'organisation.slug',
          'organisation.name',
          'förvaltningen; null när det gäller alla',
        ),
        ground: oneOf(
          'parameter_value.ground',
          ['agreement', 'assumption', 'decision', 'opening_state', 'regulation'],
          'grund',
        ),
        decision: maybe('decisions', 'decision.slug', 'decision.title', 'beslutet'),
        superseded: computed(
          sql`parameter_value.superseded_by_effect_id is not null`,
          z.boolean().describe('sant när ett senare beslut har tagit dess plats'),
        ),
        ...validity('parameter_value.valid'),
      },
      filters: {
        kind: { about: 'Parameterns kod.', is: 'slug', where: is('parameter_value.parameter_code') },
        party: slugFilter('organisation.slug', 'Förvaltningens id.'),
        on: {
          about: 'Bara det som gällde dagen.',
          is: 'day',
          where: (day) =>
            sql<boolean>`parameter_value.valid @> ${day}::date and parameter_value.superseded_by_effect_id is null`,
        },
      },
      page: () => urls.dischargeRulesPath,
    },
    {
      name: 'projects',
      type: 'Project',
      title: 'Projekt',
      theme: 'HEAL',
      listPage: urls.projectsPath,
      about: 'Tidsbegränsade arbeten i samverkan.',
      from: sql`from project left join body on body.id = project.body_id left join matter on matter.id = project.matter_id where true`,
      ...bySlug('project'),
      modified: lastChange('project'),
      order: sql`project.position, project.id`,
      fields: {
        name: text('project.name', 'namn'),
        summary: text('project.summary', 'sammanfattning'),
        organization: maybe('bodies', 'body.slug', 'body.name', 'organet'),
        matter: maybe('matters', 'matter.slug', 'matter.title', 'ärendet'),
        funding: maybeText('project.funding', 'finansiering'),
        funding_ends: maybeDay('project.funding_ends_on', 'när finansieringen slutar'),
        funding_ends_precision: maybeOneOf('project.funding_ends_precision', precisions, 'hur noga dagen är känd'),
        ended: maybeDay('project.ended_on', 'när projektet avslutades'),
        link: maybeText('project.url', 'adress till mer om projektet'),
      },
      filters: { ...bodyFilter, ...daysFilters('project.funding_ends_on') },
      page: ({ id }) => `${urls.projectsPath}#${id}`,
    },
    {
      name: 'change-proposals',
      type: 'ChangeProposal',
      title: 'Förslag i ordnat införande',
      theme: 'HEAL',
      listPage: urls.changeProposalsPath,
      about: 'Förslag till större förändringar som är delade med alla, och var i ordnat införande de står.',
      from: sql`from change_proposal join change_step on change_step.id = change_proposal.step_id
        left join change_level on change_level.id = change_proposal.level_id left join body on body.id = change_proposal.body_id
        left join matter on matter.id = change_proposal.matter_id where change_proposal.shared_on is not null`,
      ...bySlug('change_proposal'),
      modified: lastChange('change_proposal'),
      order: sql`change_proposal.shared_on desc, change_proposal.id desc`,
      fields: {
        name: text('change_proposal.title', 'rubrik'),
        summary: text('change_proposal.summary', 'sammanfattning'),
        proposed_by: text('change_proposal.proposed_by', 'rollen hos den som föreslår'),
        step: text('change_step.title', 'steget där förslaget står'),
        level: maybeText('change_level.title', 'beslutsnivån'),
        decided_by: maybeText('change_level.decided_by', 'vem som beslutar på den nivån'),
        organization: maybe('bodies', 'body.slug', 'body.name', 'organet'),
        matter: maybe('matters', 'matter.slug', 'matter.title', 'ärendet'),
        shared: onDay('change_proposal.shared_on', 'när förslaget delades'),
        closed: maybeDay('change_proposal.closed_on', 'när det avslutades'),
        outcome: maybeOneOf('change_proposal.outcome', outcomes, 'hur det slutade'),
        outcome_text: maybeText('change_proposal.outcome_text', 'hur det slutade, i ord'),
        answers: computed(
          sql`coalesce((select jsonb_agg(jsonb_build_object('question', change_question.question, 'answer', change_answer.answer)
            order by change_question.position, change_question.id) from change_answer
            join change_question on change_question.id = change_answer.question_id
            where change_answer.proposal_id = change_proposal.id), '[]'::jsonb)`,
          z
            .array(z.strictObject({ question: z.string().describe('frågan'), answer: z.string().describe('svaret') }))
            .describe('modellens frågor, med förslagets svar'),
        ),
        decisions: many(
          'decisions',
          'decision.slug',
          'decision.title',
          sql`from change_proposal_decision join decision on decision.id = change_proposal_decision.decision_id
            where change_proposal_decision.proposal_id = change_proposal.id and decision.state = 'carried_out'`,
          'beslut som förslaget nämner',
        ),
        documents: many(
          'documents',
          'document.slug',
          'document.title',
          sql`from change_proposal_document join document on document.id = change_proposal_document.document_id
            where change_proposal_document.proposal_id = change_proposal.id`,
          'överenskommelser och andra dokument som förslaget nämner',
        ),
      },
      filters: { ...bodyFilter, ...daysFilters('change_proposal.shared_on') },
      page: ({ id }) => urls.changeProposalPath(id),
    },
    {
      name: 'catalogue-entries',
      type: 'CatalogueEntry',
      title: 'Poster i kataloger',
      theme: 'HEAL',
      listPage: urls.primaryCareDataPath,
      about:
        'Gemensam primärvårdsdata och Intressebanken: vad som finns, varifrån, hos vem och med vilka begränsningar.',
      from: sql`from catalogue_entry join catalogue on catalogue.id = catalogue_entry.catalogue_id where true`,
      id: sql`catalogue.slug || '.' || catalogue_entry.slug`,
      named: (id) => {
        const [catalogue = '', entry = '', ...more] = id.split('.')
        if (more.length > 0) return sql<boolean>`false`
        return sql<boolean>`catalogue.slug = ${catalogue} and catalogue_entry.slug = ${entry}`
      },
      modified: lastChange('catalogue_entry', ['catalogue', 'catalogue_id']),
      order: sql`catalogue_entry.catalogue_id, catalogue_entry.position, catalogue_entry.id`,
      fields: {
        name: text('catalogue_entry.title', 'rubrik'),
        catalogue: text('catalogue.title', 'katalogens namn'),
        summary: text('catalogue_entry.summary', 'sammanfattning'),
        origin: maybeText('catalogue_entry.origin', 'vad den är gjord av; null när det inte framgår'),
        owner: maybeText('catalogue_entry.owner', 'vem som har den; null när det inte framgår'),
        limits: maybeText('catalogue_entry.limits', 'vad den inte kan användas till; null när det inte framgår'),
        link: maybeText('catalogue_entry.url', 'adress till mer'),
        withdrawn: maybeDay('catalogue_entry.withdrawn_on', 'sedan när den inte längre erbjuds'),
        withdrawn_because: maybeText('catalogue_entry.withdrawn_because', 'varför'),
      },
      filters: { catalogue: slugFilter('catalogue.slug', 'Katalogens id: primarvardsdata eller intressebanken.') },
      page: ({ id }) => `${urls.cataloguePath(id.split('.')[0])}#${id.split('.')[1]}`,
    },
    {
      name: 'themes',
      type: 'Theme',
      title: 'Teman',
      theme: 'HEAL',
      listPage: urls.startPath,
      about: 'Ämnen som organ, planer och beslut hör till.',
      from: sql`from theme where true`,
      ...bySlug('theme'),
      modified: lastChange('theme'),
      order: sql`theme.position, theme.id`,
      fields: { name: text('theme.name', 'namn') },
      filters: {},
      page: ({ id }) => urls.themePath(id),
    },
  ]
  return registers.map((register) => ({
    ...register,
    fields: { ...register.fields, updated_at: modified(register.modified.at) },
  }))
}

/** What one object of the register is. */
export function itemSchema({ fields }: Register) {
  return z.strictObject({
    id: z.string().describe('beständigt id'),
    url: z.url().describe('sidan för läsare'),
    self: z.url().describe('objektets egen adress'),
    ...Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, field.is])),
  })
}

export const listSchema = (register: Register) =>
  z.strictObject({
    items: z.array(itemSchema(register)),
    total: z.number().int().nonnegative().describe('antal som filtret lämnar'),
    limit: z.number().int().min(1),
    offset: z.number().int().nonnegative(),
    self: z.url(),
    next: z.url().nullable().describe('nästa sida; null på den sista'),
    csv: z.url(),
    xlsx: z.url(),
  })

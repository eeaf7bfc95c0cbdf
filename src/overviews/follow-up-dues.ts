/** What each register tells of dates, in one form. */

import { milestoneStanding } from '../action-plans/rules.ts'
import { milestoneStandings } from '../action-plans/texts.ts'
import { type AssignmentStanding, assignmentStanding } from '../assignments/rules.ts'
import { assigneeValue, assignmentDue } from '../assignments/shown.ts'
import { assignmentStandings } from '../assignments/texts.ts'
import type { Reader } from '../db/database.ts'
import type { Value } from '../http/parts.ts'
import { type Day, dateText, lastDayOf } from '../kernel/dates.ts'
import { activityCode, areaCode } from '../kernel/plan-codes.ts'
import { unbroken } from '../kernel/text.ts'
import { activityPath, followUpPath, planPath, projectsPath } from '../kernel/urls.ts'
import {
  type AssignmentMarkRow,
  assignmentsWith,
  type DatedAssignmentRow,
  datedAssignmentMarks,
  endingFunding,
  type MilestoneMarkRow,
  milestonesWith,
  type openMilestonesOn,
  unsettledMilestoneMarksOn,
} from './follow-up-queries.ts'
import { type Due, type FollowUpSection, inDateOrder, type Mark, markedOnce, toldOnce } from './follow-up-rules.ts'

const milestoneSections: Record<ReturnType<typeof milestoneStanding>, FollowUpSection> = {
  passed: 'passed',
  ended: 'ended',
  now: 'coming',
  coming: 'coming',
  moved: 'coming',
  recurring: 'recurring',
  done: 'done',
}

/** An assignment before its words are known: enough to say where it stands, and whose it is. */
export type WordlessDue = Pick<Due, 'key' | 'section' | 'on' | 'belongsTo'> & {
  assignment: number
  body: { slug: string } | null
}

const assignmentSections: Record<AssignmentStanding, FollowUpSection> = {
  passed: 'passed',
  now: 'coming',
  coming: 'coming',
  undated: 'undated',
  done: 'done',
  ended: 'done',
}

function milestoneKey(row: MilestoneMarkRow): string {
  return row.kind === 'period_end'
    ? `period ${row.due_on}`
    : row.kind === 'funding_ends'
      ? `funding ${row.body_slug} ${row.due_on}`
      : row.area_id !== null && row.due_precision === 'day'
        ? `area ${row.area_id} ${row.due_on}`
        : `milestone ${row.id}`
}

export function milestoneDue(row: Awaited<ReturnType<typeof openMilestonesOn>>[number], day: Day): Due {
  const standing = milestoneStanding(row, day)
  const part: Value =
    row.activity_number !== null
      ? partOf(row.plan_slug, activityCode(row.plan_code, row.activity_number))
      : row.area_kind !== null && row.area_number !== null
        ? { ...partOf(row.plan_slug, areaCode(row.plan_code, row.area_kind, row.area_number)), note: row.area_title }
        : { text: row.plan_title, path: planPath(row.plan_slug) }
  return {
    key: milestoneKey(row),
    section: milestoneSections[standing],
    on: row.due_on as Day | null,
    when:
      row.due_on === null ? (row.recurrence ?? '') : unbroken(dateText(row.due_on as Day, row.due_precision ?? 'day')),
    title: row.title,
    note: row.note,
    body: { slug: row.body_slug, name: row.body_name },
    belongsTo: [part],
    tag: milestoneStandings[standing],
  }
}

function partOf(plan: string, code: string): Value {
  return { text: code, path: activityPath(plan, code) }
}

function assignmentKey(row: AssignmentMarkRow): string {
  return row.area_id !== null && row.activity_id === null && row.due_precision === 'day'
    ? `area ${row.area_id} ${row.due_on}`
    : `assignment ${row.id}`
}

const assignmentPart: Value = { text: 'Uppdrag', path: `${followUpPath}#uppdrag`, note: null }

/** What {@link assignmentDueRow} tells without its words. */
export function wordlessDue(row: AssignmentMarkRow & { body_slug: string | null }, day: Day): WordlessDue {
  return {
    assignment: row.id,
    key: assignmentKey(row),
    section: assignmentSections[assignmentStanding(row, day)],
    on: row.due_on as Day | null,
    body: row.body_slug === null ? null : { slug: row.body_slug },
    belongsTo: [assignmentPart],
  }
}

export function assignmentDueRow(row: DatedAssignmentRow, day: Day): Due {
  const standing = assignmentStanding(row, day)
  return {
    key: assignmentKey(row),
    section: assignmentSections[standing],
    on: row.due_on as Day | null,
    when: row.due_on === null ? assignmentDue(row) : unbroken(assignmentDue(row)),
    title: row.task,
    note: null,
    body:
      row.body_slug === null || row.body_short_name === null
        ? null
        : { slug: row.body_slug, name: row.body_short_name },
    belongsTo: [{ ...assignmentPart, note: row.body_slug === null ? assigneeValue(row).text : null }],
    tag: assignmentStandings[standing],
  }
}

export function fundingDue(row: Awaited<ReturnType<typeof endingFunding>>[number], day: Day): Due {
  const on = row.funding_ends_on as Day
  const precision = row.funding_ends_precision ?? 'day'
  const over = lastDayOf(on, precision) < day
  return {
    key: `funding ${row.body_slug} ${on}`,
    section: over ? 'ended' : 'coming',
    on,
    when: unbroken(dateText(on, precision)),
    title: `Finansieringen av ${row.name} slutar`,
    note: row.afterwards,
    body: row.body_slug === null || row.body_name === null ? null : { slug: row.body_slug, name: row.body_name },
    belongsTo: [{ text: row.name, path: `${projectsPath}#${row.slug}` }],
    tag: milestoneStandings[over ? 'ended' : on <= day ? 'now' : 'coming'],
  }
}

type FundingRow = Awaited<ReturnType<typeof endingFunding>>[number]

type MarkRows = {
  milestones: readonly MilestoneMarkRow[]
  assignments: readonly AssignmentMarkRow[]
  funding: readonly FundingRow[]
}

/**
 * Where all that has a date stands, told once, the earliest first. What is not done yet is told before what is: that the
 * period of one plan has been closed says nothing of the others' that end the same day.
 */
export function marksOf({ milestones, assignments, funding }: MarkRows, day: Day): Mark[] {
  const ofMilestones = milestones.map((row) => ({
    key: milestoneKey(row),
    section: milestoneSections[milestoneStanding(row, day)],
    on: row.due_on as Day | null,
    milestones: [row.id],
    assignments: [],
  }))
  return markedOnce(
    inDateOrder([
      ...ofMilestones.toSorted((a, b) => Number(a.section === 'done') - Number(b.section === 'done')),
      ...assignments.map((row) => ({
        key: assignmentKey(row),
        section: assignmentSections[assignmentStanding(row, day)],
        on: row.due_on as Day | null,
        milestones: [],
        assignments: [row.id],
      })),
      ...funding.map((row) => {
        const { key, section, on } = fundingDue(row, day)
        return { key, section, on, milestones: [], assignments: [] }
      }),
    ]),
  )
}

/** What has passed its date without a registered outcome, and what comes, and how to tell of some of it, for the start page. */
export async function openMarks(db: Reader, day: Day) {
  const [milestones, assignments, funding] = await Promise.all([
    unsettledMilestoneMarksOn(db, day),
    datedAssignmentMarks(db),
    endingFunding(db),
  ])
  const marks = marksOf({ milestones, assignments, funding }, day)
  return {
    passed: marks.filter(({ section }) => section === 'passed'),
    coming: marks.filter(({ section }) => section === 'coming'),
    /** The dues of some of the marks, in their order. */
    told: async (some: readonly Mark[]) => some.map(await duesAt(db, some, funding, day)),
  }
}

/**
 * The same with the words of assignments that had none: the fewer the better.
 * @returns finds each; empty when it is gone
 */
export async function wordsOf(
  db: Reader,
  dues: readonly (Due | WordlessDue)[],
  day: Day,
): Promise<(due: Due | WordlessDue) => Due[]> {
  const rows = await assignmentsWith(
    db,
    dues.flatMap((due) => ('assignment' in due ? due.assignment : [])),
  )
  const told = new Map(rows.map((row) => [row.id, assignmentDueRow(row, day)]))
  return (due) => ('assignment' in due ? [told.get(due.assignment) ?? []].flat() : [due])
}

/** What is told of the marks: their rows are looked up, so the fewer marks the better. */
export async function duesAt(
  db: Reader,
  marks: readonly Mark[],
  funding: readonly FundingRow[],
  day: Day,
): Promise<(mark: Mark) => Due> {
  const milestoneIds = marks.flatMap(({ milestones }) => milestones)
  const assignmentIds = marks.flatMap(({ assignments }) => assignments)
  const [milestones, assignments] = await Promise.all([
    milestonesWith(db, milestoneIds),
    assignmentsWith(db, assignmentIds),
  ])
  const told = toldOnce([
    ...inOrderOf(milestoneIds, milestones).map((row) => milestoneDue(row, day)),
    ...inOrderOf(assignmentIds, assignments).map((row) => assignmentDueRow(row, day)),
    ...funding.map((row) => fundingDue(row, day)),
  ])
  const byKey = new Map(told.map((due) => [due.key, due]))
  return ({ key }) => byKey.get(key) as Due
}

function inOrderOf<Row extends { id: number }>(ids: readonly number[], rows: readonly Row[]): Row[] {
  const byId = new Map(rows.map((row) => [row.id, row]))
  return ids.flatMap((id) => byId.get(id) ?? [])
}

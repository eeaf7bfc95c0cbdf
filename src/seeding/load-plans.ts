import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Work } from '../audit/work.ts'
import { rangeText } from '../db/ranges.ts'
import { compareSwedish } from '../kernel/text.ts'
import { at, groundOf, readFactFile } from './fact-file.ts'
import { FactsError, type Ground, type References } from './facts.ts'
import {
  type CommonPlanFile,
  commonPlanFile,
  type FollowUp,
  type Milestone,
  type PlanArea,
  type PlanFile,
  type PlanSection,
  planFile,
  planLinksFile,
  planPartCode,
  projectsFile,
} from './format-plans.ts'
import { dated, dayAfter, loadLinks } from './load-documents.ts'

/**
 * Loads plans/*.json. A plan is loaded as not adopted: only the effect of a decision puts it in force. Bodies and
 * meetings must be there. Without the folder nothing is loaded.
 * @throws FactsError naming file and place
 */
export async function loadPlans(work: Work, refs: References, folder: string): Promise<void> {
  const common = await readFactFile(folder, 'plans/common.json', commonPlanFile)
  const plans: { file: string; plan: PlanFile }[] = []
  for (const file of await planFiles(folder)) {
    const plan = await readFactFile(folder, file, planFile)
    if (plan) plans.push({ file, plan })
  }
  plans.sort((a, b) => compareSwedish(a.plan.code, b.plan.code))
  for (const [index, { file, plan }] of plans.entries()) {
    await at(`${file} (${plan.code})`, () => loadPlan(work, refs, plan, common, index + 1))
  }
}

async function planFiles(folder: string): Promise<string[]> {
  try {
    const files = await readdir(join(folder, 'plans'))
    return files.filter((file) => file.endsWith('.json') && file !== 'common.json').map((file) => `plans/${file}`)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

async function loadPlan(
  work: Work,
  refs: References,
  plan: PlanFile,
  common: CommonPlanFile | null,
  position: number,
): Promise<void> {
  const { id: plan_id } = await work.trx
    .insertInto('plan')
    .values({
      slug: plan.slug,
      code: plan.code,
      title: plan.title,
      body_id: await refs.id('body', plan.body),
      period: rangeText({ from: plan.from.on, to: dayAfter(plan.to) }),
      period_precision: plan.from.precision,
      vision: plan.vision ?? common?.vision ?? null,
      target_group: plan.targetGroup ?? null,
      ambition: plan.ambition ?? null,
      coordinated_by: plan.coordinatedBy ?? null,
      responsible: plan.responsible ?? null,
      follow_up: plan.followUp ?? null,
      text_kind: plan.textKind,
      position,
      provenance_id: await refs.provenance(groundOf(plan, plan)),
    })
    .returning('id')
    .executeTakeFirstOrThrow()

  for (const [index, direction] of plan.strategicDirections.entries()) {
    await work.trx
      .insertInto('strategic_direction')
      .values({
        plan_id,
        number: index + 1,
        direction: direction.direction,
        provenance_id: await refs.provenance(groundOf(direction, plan)),
      })
      .execute()
  }

  const here = { plan_id, ground: groundOf(plan, plan) }
  await insertSections(work, refs, plan.sections, here)
  for (const area of plan.improvementAreas) await insertArea(work, refs, 'improvement', area, plan, plan_id)
  for (const area of plan.ongoingAreas) await insertArea(work, refs, 'ongoing', area, plan, plan_id)
  await insertMilestones(work, refs, plan.milestones, here)
  await insertFollowUps(work, refs, plan.followUps, here)

  if (common) {
    const shared = { plan_id, ground: groundOf(common, common) }
    const concernsPlan = ({ plans }: { plans?: string[] | undefined }) =>
      plans === undefined || plans.includes(plan.code)
    await insertSections(work, refs, common.sections.filter(concernsPlan), shared, plan.sections.length)
    await insertMilestones(work, refs, common.milestones.filter(concernsPlan), shared)
  }
  await work.record('plan.registered', `plan/${plan.slug}`, { code: plan.code, title: plan.title })
}

async function insertArea(
  work: Work,
  refs: References,
  kind: 'improvement' | 'ongoing',
  area: PlanArea,
  plan: PlanFile,
  plan_id: number,
): Promise<void> {
  const ground = groundOf(area, plan)
  const { id: area_id } = await work.trx
    .insertInto('plan_area')
    .values({
      plan_id,
      kind,
      number: partNumber(area.code),
      title: area.title,
      purpose: area.purpose ?? null,
      timeframe: area.timeframe ?? null,
      organisation: area.organisation ?? null,
      provenance_id: await refs.provenance(ground),
    })
    .returning('id')
    .executeTakeFirstOrThrow()

  const here = { plan_id, area_id, ground }
  await insertSections(work, refs, area.sections, here)
  await loadLinks(work, refs, area.links, ground, { plan_area_id: area_id })
  for (const activity of area.activities) {
    const { id: activity_id } = await work.trx
      .insertInto('activity')
      .values({
        plan_id,
        area_id,
        number: partNumber(activity.code),
        activity_text: activity.text,
        text_kind: plan.textKind,
        provenance_id: await refs.provenance(groundOf(activity, ground)),
      })
      .returning('id')
      .executeTakeFirstOrThrow()
    const there = { plan_id, activity_id, ground: groundOf(activity, ground) }
    await loadLinks(work, refs, activity.links, there.ground, { activity_id })
    await insertMilestones(work, refs, activity.milestones, there)
    await insertFollowUps(work, refs, activity.followUps, there)
  }
  await insertMilestones(work, refs, area.milestones, here)
  await insertFollowUps(work, refs, area.followUps, here)
}

/** The plan, or the area or activity of it, that a row belongs to, and where it is read. */
type Belongs = { plan_id: number; area_id?: number; activity_id?: number; ground: Ground }

async function insertSections(
  work: Work,
  refs: References,
  sections: PlanSection[],
  { ground, ...of }: Belongs,
  after = 0,
): Promise<void> {
  for (const [index, section] of sections.entries()) {
    await work.trx
      .insertInto('plan_section')
      .values({
        ...of,
        position: after + index + 1,
        heading: section.heading,
        section_text: section.text ?? null,
        items: section.items,
        provenance_id: await refs.provenance(groundOf(section, ground)),
      })
      .execute()
  }
}

async function insertMilestones(
  work: Work,
  refs: References,
  milestones: Milestone[],
  { ground, ...of }: Belongs,
): Promise<void> {
  for (const milestone of milestones) {
    await work.trx
      .insertInto('milestone')
      .values({
        ...of,
        kind: milestone.kind,
        title: milestone.title,
        ...dated('due', milestone.due),
        recurrence: milestone.recurrence ?? null,
        state: milestone.state,
        done_on: milestone.doneOn ?? null,
        note: milestone.remark ?? null,
        provenance_id: await refs.provenance(groundOf(milestone, ground)),
      })
      .execute()
  }
}

async function insertFollowUps(
  work: Work,
  refs: References,
  followUps: FollowUp[],
  { ground, ...of }: Belongs,
): Promise<void> {
  for (const followUp of followUps) {
    await work.trx
      .insertInto('follow_up')
      .values({
        ...of,
        noted_on: followUp.notedOn,
        state: followUp.state ?? null,
        note: followUp.text ?? null,
        noted_by: followUp.notedBy ?? null,
        agenda_item_id: followUp.agendaItem ? await refs.agendaItem(followUp.agendaItem) : null,
        provenance_id: await refs.provenance(groundOf(followUp, ground)),
      })
      .execute()
  }
}

/**
 * Loads projects.json, after the plans. Without the file nothing is loaded.
 * @throws FactsError naming file and place
 */
export async function loadProjects(work: Work, refs: References, folder: string): Promise<void> {
  const file = await readFactFile(folder, 'projects.json', projectsFile)
  for (const [index, project] of (file ?? []).entries()) {
    await at(`projects.json: [${index}] (${project.slug})`, async () => {
      const { id: project_id } = await work.trx
        .insertInto('project')
        .values({
          slug: project.slug,
          name: project.name,
          summary: project.summary,
          body_id: await refs.idOrNull('body', project.body),
          matter_id: await refs.idOrNull('matter', project.matter),
          funding: project.funding ?? null,
          ...dated('funding_ends', project.fundingEnds),
          afterwards: project.afterwards ?? null,
          url: project.url ?? null,
          position: index + 1,
          provenance_id: await refs.provenance(groundOf(project, project)),
        })
        .returning('id')
        .executeTakeFirstOrThrow()
      for (const code of project.activities) {
        const activity_id = await activityId(work, code)
        await work.trx.insertInto('project_activity').values({ project_id, activity_id }).execute()
      }
      await loadLinks(work, refs, project.links, project, { project_id })
      await work.record('project.registered', `project/${project.slug}`, { name: project.name })
    })
  }
}

/**
 * Loads plan-links.json: what depends on what, and which documents an activity concerns. Everything that is linked must
 * be there. Without the file nothing is loaded.
 * @throws FactsError naming file and place
 */
export async function loadPlanLinks(work: Work, refs: References, folder: string): Promise<void> {
  const file = await readFactFile(folder, 'plan-links.json', planLinksFile)
  if (!file) return
  for (const [index, link] of file.links.entries()) {
    await at(`plan-links.json: links[${index}]`, async () => {
      const targets: {
        to_plan_id?: number
        to_area_id?: number | null
        to_activity_id?: number | null
        to_body_id?: number
        to_agenda_item_id?: number
        to_matter_id?: number
      }[] = []
      for (const code of link.to) {
        const part = await planPart(work, code)
        targets.push({ to_plan_id: part.planId, to_area_id: part.areaId, to_activity_id: part.activityId })
      }
      for (const slug of link.toBodies) targets.push({ to_body_id: await refs.id('body', slug) })
      for (const item of link.toAgendaItems) targets.push({ to_agenda_item_id: await refs.agendaItem(item) })
      for (const slug of link.toMatters) targets.push({ to_matter_id: await refs.id('matter', slug) })
      const provenance_id = await refs.provenance(groundOf(link, link))
      for (const code of link.from) {
        const from = await planPart(work, code)
        for (const target of targets) {
          await work.trx
            .insertInto('plan_link')
            .values({
              from_plan_id: from.planId,
              from_area_id: from.areaId,
              from_activity_id: from.activityId,
              ...target,
              same_concern: link.sameConcern,
              how: link.how,
              provenance_id,
            })
            .execute()
        }
      }
    })
  }
  for (const [index, { activity, document, how }] of file.documents.entries()) {
    await at(`plan-links.json: documents[${index}]`, async () => {
      const activity_id = await activityId(work, activity)
      const document_id = await refs.id('document', document)
      await work.trx
        .insertInto('activity_document')
        .values({ activity_id, document_id, how: how ?? null })
        .execute()
    })
  }
  await work.record('plan-links.registered', 'plan-links', {
    links: file.links.length,
    documents: file.documents.length,
  })
}

/**
 * Finds a plan or a part of one by its code ('HP4', 'HP4-F1', 'HP4-L2', 'HP4-A03').
 * @throws FactsError naming the code when there is none
 */
export async function planPart(
  work: Work,
  code: string,
): Promise<{ planId: number; areaId: number | null; activityId: number | null }> {
  const [, planCode, kind] = planPartCode.exec(code) ?? []
  const plan = await work.trx
    .selectFrom('plan')
    .select('id')
    .where('code', '=', planCode ?? '')
    .executeTakeFirst()
  if (!plan) throw new FactsError(`there is no plan for "${code}"`)
  if (kind === undefined) return { planId: plan.id, areaId: null, activityId: null }
  const part =
    kind === 'A'
      ? await work.trx
          .selectFrom('activity')
          .select('id')
          .where('plan_id', '=', plan.id)
          .where('number', '=', partNumber(code))
          // A revised activity keeps its number: the newest one is meant.
          .orderBy('id', 'desc')
          .executeTakeFirst()
      : await work.trx
          .selectFrom('plan_area')
          .select('id')
          .where('plan_id', '=', plan.id)
          .where('kind', '=', kind === 'F' ? 'improvement' : 'ongoing')
          .where('number', '=', partNumber(code))
          .executeTakeFirst()
  if (!part) throw new FactsError(`there is no "${code}" in the plan`)
  return { planId: plan.id, areaId: kind === 'A' ? null : part.id, activityId: kind === 'A' ? part.id : null }
}

async function activityId(work: Work, code: string): Promise<number> {
  const { activityId } = await planPart(work, code)
  if (activityId === null) throw new FactsError(`"${code}" is not an activity`)
  return activityId
}

/** 3 of 'HP4-A03'. */
function partNumber(code: string): number {
  return Number(planPartCode.exec(code)?.[3])
}

import { sql } from 'kysely'
import type { Reader } from '../db/database.ts'

/** Every project with its group and matter: those whose funding ends first. */
export function listProjects(db: Reader) {
  return db
    .selectFrom('project')
    .leftJoin('body', 'body.id', 'project.body_id')
    .leftJoin('matter', 'matter.id', 'project.matter_id')
    .select([
      'project.id',
      'project.slug',
      'project.name',
      'project.summary',
      'project.funding',
      'project.funding_ends_on',
      'project.funding_ends_precision',
      'project.afterwards',
      'project.url',
      'project.ended_on',
      'project.ended_text',
      'project.provenance_id',
      'body.slug as body_slug',
      'body.name as body_name',
      'matter.slug as matter_slug',
      'matter.title as matter_title',
    ])
    .orderBy(sql`project.ended_on is not null`)
    .orderBy(sql`project.funding_ends_on nulls last`)
    .orderBy('project.position')
    .orderBy('project.id')
    .execute()
}

/** The activities of adopted plans that belong to projects; a revised activity once. */
export function activitiesOfProjects(db: Reader) {
  return db
    .selectFrom('project_activity')
    .innerJoin('activity', 'activity.id', 'project_activity.activity_id')
    .innerJoin('plan', 'plan.id', 'activity.plan_id')
    .select([
      'project_activity.project_id',
      'plan.slug as plan_slug',
      'plan.code as plan_code',
      'activity.number',
      'activity.activity_text',
    ])
    .distinctOn(['project_activity.project_id', 'plan.id', 'activity.number'])
    .where('activity.valid', 'is not', null)
    .orderBy('project_activity.project_id')
    .orderBy('plan.id')
    .orderBy('activity.number')
    .orderBy('activity.id', 'desc')
    .execute()
}

/** The web addresses that projects give besides their own. */
export function linksOfProjects(db: Reader) {
  return db
    .selectFrom('link')
    .select(['project_id', 'label', 'url'])
    .where('project_id', 'is not', null)
    .orderBy('position')
    .orderBy('id')
    .execute()
}

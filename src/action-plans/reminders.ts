/** Who is reminded of plans: those who lead the work of a body, when a follow-up is late or a milestone is near. */
import type { Kysely } from 'kysely'
import { change, systemActor } from '../audit/work.ts'
import type { Database, Reader } from '../db/database.ts'
import { type Day, dateText, lastDayOf } from '../kernel/dates.ts'
import { activityCode } from '../kernel/plan-codes.ts'
import { counted } from '../kernel/text.ts'
import { queueLetter } from '../mail/letters.ts'
import { leadsOf, newestRound, plansToRemind, unreportedIn } from './follow-up-queries.ts'
import { dueReminders } from './follow-up-rules.ts'
import { reminderLetter } from './letters.ts'
import { milestonesOf } from './queries.ts'

export type Reminded = { plan: string; letters: number }

/**
 * Queues today's reminders. Done twice on a day, or by two processes at once, it reminds once: each plan is locked and
 * knows when it was last reminded of.
 */
export async function remind(db: Kysely<Database>, today: Day): Promise<Reminded[]> {
  const reminded: Reminded[] = []
  for (const { id, slug } of await plansToRemind(db, today)) {
    if ((await dueOf(db, id, today)) === null) continue
    const letters = await change(db, systemActor, async (work) => {
      await work.trx.selectFrom('plan').select('id').where('id', '=', id).forUpdate().execute()
      const due = await dueOf(work.trx, id, today)
      if (due) {
        await work.trx
          .insertInto('plan_reminder')
          .values({ plan_id: id, reminded_on: today })
          .onConflict((conflict) => conflict.column('plan_id').doUpdateSet({ reminded_on: today }))
          .execute()
        for (const accountId of due.accountIds) {
          await queueLetter(work.trx, reminderLetter, { planId: id, accountId, ...due.details })
        }
      }
      await work.record('plan.reminded', `plan/${slug}`, { letters: due?.accountIds.length ?? 0 })
      return due?.accountIds.length ?? 0
    })
    reminded.push({ plan: slug, letters })
  }
  return reminded
}

/** What a plan's leads are to be reminded of today; null when it is nothing, or when there is nobody to remind. */
async function dueOf(db: Reader, planId: number, today: Day) {
  const plan = (await plansToRemind(db, today)).find(({ id }) => id === planId)
  if (!plan) return null
  const round = await newestRound(db, planId)
  const unreported = round ? await unreportedIn(db, planId, round.id, today) : []
  const milestones = (await milestonesOf(db, planId))
    .filter(({ state, kind }) => state === 'planned' && kind !== 'period_end')
    .map(({ title, due_on, due_precision }) => ({
      lastDay: due_on === null ? null : lastDayOf(due_on as Day, due_precision ?? 'day'),
      text: due_on === null ? title : `${title}, ${dateText(due_on as Day, due_precision ?? 'day')}`,
    }))
  const remindedOn = plan.reminded_on as Day | null
  const asked = round ? { dueOn: round.due_on as Day, unreported: unreported.length } : null
  const due = dueReminders({ remindedOn, round: asked, milestones }, today)
  const leads = due === null ? [] : await leadsOf(db, plan.body_id, today)
  if (due === null || leads.length === 0) return null
  return {
    accountIds: leads.map(({ id }) => id),
    details: {
      round:
        due.round && asked
          ? { dueOn: asked.dueOn, unreported: unreported.map(({ number }) => activityCode(plan.code, number)) }
          : null,
      milestones: due.milestones.map(({ text }) => text),
    },
  }
}

/** `remind`: what the server also does every hour. */
export async function remindCommand(db: Kysely<Database>, today: Day) {
  const reminded = await remind(db, today)
  return {
    code: 0 as const,
    lines:
      reminded.length === 0
        ? ['Ingen behöver påminnas i dag.']
        : reminded.map(({ plan, letters }) => `${plan}: ${counted(letters, 'påminnelse', 'påminnelser')}`),
    data: { reminded },
  }
}

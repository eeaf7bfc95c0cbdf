import type { Kysely } from 'kysely'
import type { Config } from '../config.ts'
import type { Database } from '../db/database.ts'
import { addDays, type Day, dayText } from '../kernel/dates.ts'
import { planFollowUpPath, planMilestonesPath, planPath, reportLink } from '../kernel/urls.ts'
import type { LetterWriters } from '../mail/letters.ts'
import { makeMailedLink } from '../mail/mailed-links.ts'
import { linkDaysAfter } from './follow-up-rules.ts'

/** The kinds of letters about plans, with what is queued for each. */
export const followUpLinkLetter = 'plan.follow-up-link'
export const reminderLetter = 'plan.reminder'

/** Whom a queued letter goes to: an account's address as it is when the letter is sent, or one typed for this once. */
async function receiverOf(
  db: Kysely<Database>,
  { accountId, address }: Record<string, unknown>,
): Promise<{ to: string; name: string | null } | null> {
  if (typeof address === 'string') return { to: address, name: null }
  const account = await db
    .selectFrom('account')
    .innerJoin('person', 'person.id', 'account.person_id')
    .select(['account.email', 'person.name'])
    .where('account.id', '=', Number(accountId))
    .where('account.closed_at', 'is', null)
    .executeTakeFirst()
  return account?.email ? { to: account.email, name: account.name } : null
}

export function planLetters(config: Config): LetterWriters {
  const { name: site } = config.site
  const origin = config.publicOrigin + config.basePath
  const text = (paragraphs: readonly (string | null)[]) =>
    `${[...paragraphs.filter((part) => part !== null), `${site}\n${origin}/`].join('\n\n')}\n`

  return {
    async [followUpLinkLetter](db, details) {
      const receiver = await receiverOf(db, details)
      const plan = await db
        .selectFrom('plan')
        .select(['id', 'slug', 'title'])
        .where('id', '=', Number(details.planId))
        .executeTakeFirst()
      if (receiver === null || plan === undefined) return null
      const dueOn = details.dueOn as Day
      const validUntil = addDays(dueOn, linkDaysAfter)
      const about = { purpose: 'plan_follow_up', planId: plan.id } as const
      const token = await makeMailedLink(db, about, { sentBy: String(details.by), validUntil })
      return {
        to: receiver.to,
        subject: `Uppföljning av ${plan.title} – ${site}`,
        text: text([
          receiver.name === null ? 'Hej!' : `Hej ${receiver.name}!`,
          `Hur går det med ${plan.title}? Berätta senast ${dayText(dueOn)}, aktivitet för aktivitet:`,
          origin + reportLink(token),
          `Du behöver inte logga in. Länken fungerar en gång och till och med ${dayText(validUntil)}. Det du skriver blir offentligt på planens sida: ${origin}${planPath(plan.slug)}`,
        ]),
      }
    },

    async [reminderLetter](db, details) {
      const receiver = await receiverOf(db, details)
      const plan = await db
        .selectFrom('plan')
        .select(['slug', 'title'])
        .where('id', '=', Number(details.planId))
        .executeTakeFirst()
      if (receiver === null || plan === undefined) return null
      const { round, milestones } = details as {
        round: { dueOn: Day; unreported: readonly string[] } | null
        milestones: readonly string[]
      }
      return {
        to: receiver.to,
        subject: `Påminnelse: ${plan.title} – ${site}`,
        text: text([
          `Hej ${receiver.name}!`,
          round === null
            ? null
            : `Uppföljningen av ${plan.title} skulle vara klar senast ${dayText(round.dueOn)}. Inget är antecknat än för ${round.unreported.join(', ')}:\n${origin}${planFollowUpPath(plan.slug)}`,
          milestones.length === 0
            ? null
            : `Milstolpar i ${plan.title} utan utfall:\n${milestones.map((line) => `- ${line}`).join('\n')}\nAnteckna utfallet: ${origin}${planMilestonesPath(plan.slug)}`,
        ]),
      }
    },
  }
}

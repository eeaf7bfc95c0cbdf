import type { Kysely } from 'kysely'
import { type Actor, rehearse } from '../audit/work.ts'
import type { Database } from '../db/database.ts'
import { type RehearsedEffect, rehearsedEffect } from '../decisions/draft-pages.ts'
import { clausesOf, decisionsOfMeeting } from '../decisions/draft-queries.ts'
import { decisionKindNames } from '../decisions/texts.ts'
import type { EffectHandler } from '../effects/effect.ts'
import { type Area, type FormState, problemOf, typedText } from '../http/fields.ts'
import type { Problem } from '../http/forms.ts'
import type { Fact, Tone, Value } from '../http/parts.ts'
import type { PageHead } from '../http/view.ts'
import type { Day } from '../kernel/dates.ts'
import { counted, listed } from '../kernel/text.ts'
import {
  approvalPath,
  attendancePath,
  meetingPath,
  minutesPath,
  publicationPath,
  workDecisionPath,
  workMeetingPath,
} from '../kernel/urls.ts'
import { approversOf } from './approval-queries.ts'
import { isApproved, type PublishRefusal, refusePublication } from './approval-rules.ts'
import { type ShownMinutes, shownMinutes } from './minutes-shown.ts'
import { previewPublication } from './publication-changes.ts'
import { textKindNotes } from './texts.ts'
import { meetingHead } from './workbench-pages.ts'
import type { WorkMeeting } from './workbench-queries.ts'

declare module '../http/view.ts' {
  interface Views {
    'meetings/publication': PublicationPage
  }
}

export const publishRefusals: Record<PublishRefusal, string> = {
  'already-published': 'Mötet är redan publicerat.',
  'not-held': 'Mötet är inte hållet ännu, eller är inställt. Skriv närvaron eller protokollet först.',
  'no-agenda': 'Protokollet har inga punkter.',
  'not-approved': 'Alla justerare har inte godkänt protokollet. Skriv varför det publiceras ändå.',
}

export type PublicationPage = {
  head: PageHead
  kicker: string
  lead: string
  problems: readonly Problem[]
  notices: readonly { tone: Tone; title?: string; text: string; link?: { text: string; path: string } }[]
  count: string
  decisions: readonly {
    anchor: string
    kicker: string
    title: string
    clause: string
    path: string
    effects: readonly RehearsedEffect[]
  }[]
  facts: readonly Fact[]
  minutes: ShownMinutes
  path: string
  /** Null when it cannot be published now. */
  form: { seen: string; reason: Area | null } | null
  ways: readonly Value[]
}

/** Everything that publication will do, on one page: each register difference, each conflict with its ways out. */
export async function publicationPage(
  db: Kysely<Database>,
  handlers: readonly EffectHandler[],
  actor: Actor,
  meeting: WorkMeeting,
  state: FormState & { outdated?: boolean },
  today: Day,
): Promise<PublicationPage> {
  const preview = await rehearse(db, actor, (work) => previewPublication(work, handlers, meeting))
  const decisions = await decisionsOfMeeting(db, meeting.id)
  const clauses = await clausesOf(db, handlers, decisions)
  const approvers = await approversOf(db, meeting.id)
  const approved = isApproved(approvers, preview.hash)
  const { minutes, rehearsed } = preview
  const conflicts = rehearsed.filter((one) => one.conflicts.length > 0).length
  const step = { state: meeting.state, held_on: meeting.held_on, items: minutes.items.length }
  const refusal = refusePublication(step, approved, 'whatever', today)
  const changes = rehearsed.reduce((sum, one) => sum + one.differences.length, 0)
  const empty = minutes.items
    .filter(({ text, decisions: decided, number }) => {
      const parts = minutes.items.some(
        (other) => other.number !== number && other.number.startsWith(number) && /\D$/.test(other.number),
      )
      return text === null && decided.length === 0 && !parts
    })
    .map(({ number }) => number)
  const waiting = approvers.filter((one) => one.state !== 'approved').map(({ name }) => name)
  const wording = meeting.text_kind === 'wording'
  return {
    head: meetingHead(meeting, 'Förhandsgranska och publicera'),
    kicker: meeting.title,
    lead: 'Så här blir det när protokollet publiceras: alla besluten verkställs på en gång, eller inget av dem.',
    problems: state.problems,
    notices: [
      ...(state.outdated
        ? [
            {
              tone: 'warning' as const,
              title: 'Något har ändrats sedan du förhandsgranskade',
              text: 'Inget är publicerat. Sidan visar hur det är nu: granska igen och publicera sedan.',
            },
          ]
        : []),
      ...(refusal
        ? [{ tone: 'warning' as const, title: 'Går inte att publicera ännu', text: publishRefusals[refusal] }]
        : []),
      ...(conflicts > 0
        ? [
            {
              tone: 'bad' as const,
              title: `${counted(conflicts, 'ändring', 'ändringar')} går inte att verkställa`,
              text: 'Protokollet kan inte publiceras förrän det är löst. Vid varje hinder står vad du kan göra.',
            },
          ]
        : []),
      ...(minutes.attendance.length === 0
        ? [
            {
              tone: 'info' as const,
              text: 'Ingen närvaro är antecknad.',
              link: { text: 'Anteckna närvaron', path: attendancePath(meeting.slug) },
            },
          ]
        : []),
      ...(empty.length > 0
        ? [
            {
              tone: 'info' as const,
              text: `Punkt ${listed(empty)} har ingen text.`,
              link: { text: 'Till protokollet', path: minutesPath(meeting.slug) },
            },
          ]
        : []),
    ],
    count: `${counted(decisions.length, 'beslut eller ställningstagande', 'beslut och ställningstaganden')}, ${counted(changes, 'ändring', 'ändringar')} i registren`,
    decisions: decisions.map((decision) => ({
      anchor: `beslut-${decision.id}`,
      kicker: `${decisionKindNames[decision.kind].one} · punkt ${decision.item_number}`,
      title: decision.title,
      clause: clauses.get(decision.id) ?? decision.title,
      path: workDecisionPath(decision.id),
      effects: rehearsed
        .filter(({ effect }) => effect.decision_id === decision.id)
        .map((one) => rehearsedEffect(handlers, one)),
    })),
    facts: [
      {
        term: 'Justering',
        values: [
          {
            text: approved
              ? `Alla justerare har godkänt: ${listed(approvers.map(({ name }) => name))}`
              : approvers.length === 0
                ? 'Ingen justerare är vald'
                : waiting.length > 0
                  ? `Väntar på ${listed(waiting)}`
                  : 'Texten har ändrats sedan den godkändes',
            ...(approved ? {} : { note: null }),
          },
          { text: 'Till justeringen', path: approvalPath(meeting.slug) },
        ],
      },
      { term: 'Text', values: [{ text: textKindNotes[meeting.text_kind] }] },
      {
        term: 'Kontrollsumma',
        values: [
          wording
            ? { text: preview.hash.toString('hex'), note: 'SHA-256, blir fryst som version 1' }
            : { text: 'Ingen. En sammanfattning fryses inte.' },
        ],
      },
    ],
    minutes: shownMinutes(minutes),
    path: publicationPath(meeting.slug),
    form:
      refusal || conflicts > 0
        ? null
        : {
            seen: preview.mark,
            reason: approved
              ? null
              : {
                  name: 'utan_justering',
                  label:
                    approvers.length === 0
                      ? 'Varför publiceras protokollet utan justering?'
                      : 'Varför publiceras protokollet innan alla har godkänt?',
                  hint: 'Skälet sparas i historiken och med den frysta versionen.',
                  value: typedText(state, 'utan_justering'),
                  error: problemOf(state, 'utan_justering'),
                  rows: 2,
                },
          },
    ways: [
      { text: 'Till protokollet', path: minutesPath(meeting.slug) },
      { text: 'Mötet i arbetsytan', path: workMeetingPath(meeting.slug) },
      { text: 'Mötets offentliga sida', path: meetingPath(meeting.slug) },
    ],
  }
}

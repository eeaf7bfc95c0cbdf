import type { Reader } from '../db/database.ts'
import type { ApprovalState } from '../db/schema.ts'
import type { EffectHandler } from '../effects/effect.ts'
import type { Area, FormState, Options } from '../http/fields.ts'
import { problemOf, typedList, typedText } from '../http/fields.ts'
import type { Problem } from '../http/forms.ts'
import type { ListItem, Tag, Tone, Value } from '../http/parts.ts'
import type { PageHead } from '../http/view.ts'
import { type Day, dayText, momentText } from '../kernel/dates.ts'
import { capitalised } from '../kernel/text.ts'
import {
  adjustMeetingPath,
  adjustPath,
  approvalPath,
  attendancePath,
  minutesPath,
  publicationPath,
} from '../kernel/urls.ts'
import { type Asked, approversOf, askedOf, possibleApprovers } from './approval-queries.ts'
import type { AnswerRefusal, AskRefusal } from './approval-rules.ts'
import { isApproved } from './approval-rules.ts'
import { minutesText, textHash, withMasks } from './minutes.ts'
import { collectMinutes, masksOf, minutesHash } from './minutes-queries.ts'
import { type ShownMinutes, shownMinutes } from './minutes-shown.ts'
import { meetingHead } from './workbench-pages.ts'
import type { WorkMeeting } from './workbench-queries.ts'

declare module '../http/view.ts' {
  interface Views {
    'meetings/approval': ApprovalPage
    'meetings/adjust': AdjustPage
    'meetings/adjust-list': AdjustListPage
    'meetings/adjust-done': AdjustDonePage
  }
}

export const askRefusals: Record<AskRefusal, string> = {
  'not-written': 'Mötet har inget protokoll att justera ännu.',
  published: 'Protokollet är redan publicerat.',
  'nobody-chosen': 'Välj minst en justerare.',
  'not-attending': 'Den som justerar ska ha varit med på mötet. Välj bland de närvarande.',
}

export const answerRefusals: Record<AnswerRefusal, string> = {
  'not-adjusting': 'Protokollet justeras inte längre.',
  'already-approved': 'Du har redan godkänt protokollet.',
  'text-changed': 'Protokollet har ändrats sedan du öppnade sidan. Läs det igen här nedanför och svara sedan.',
}

const stateTags: Record<ApprovalState, Tag> = {
  asked: { tone: 'info', text: 'Har inte svarat' },
  approved: { tone: 'good', text: 'Godkänner' },
  change_requested: { tone: 'warning', text: 'Begär ändring' },
}

/** The start of a checksum: enough to compare by eye. */
export const shortSum = (hash: Buffer) => hash.toString('hex').slice(0, 12)

export type ApprovalPage = {
  head: PageHead
  kicker: string
  lead: string
  problems: readonly Problem[]
  notices: readonly { tone: Tone; title: string; text: string }[]
  path: string
  approvers: readonly { name: string; tag: Tag; when: string; comment: string | null; note: string | null }[]
  /** Null when the minutes are published. */
  choose: { options: Options; submit: string } | null
  attendancePath: string
  againPath: string | null
  backPath: string | null
  ways: readonly Value[]
}

/** Where the coordinator chooses adjusters and sees what they answer. */
export async function approvalPageOf(
  db: Reader,
  handlers: readonly EffectHandler[],
  meeting: WorkMeeting,
  state: FormState,
): Promise<ApprovalPage> {
  const [possible, approvers, hash] = await Promise.all([
    possibleApprovers(db, meeting.id),
    approversOf(db, meeting.id),
    minutesHash(db, handlers, meeting.id),
  ])
  const chosen = typedList(
    state,
    'person',
    approvers.map(({ person_id }) => String(person_id)),
  )
  const adjusting = meeting.state === 'adjusting'
  const done = isApproved(approvers, hash)
  const wants = approvers.filter((one) => one.state === 'change_requested')
  return {
    head: meetingHead(meeting, 'Justering'),
    kicker: meeting.title,
    lead: adjusting
      ? 'Protokollet är hos justerarna. Ändras texten gäller inget tidigare godkännande: den som har godkänt blir tillfrågad igen.'
      : 'Välj vilka som ska justera. De läser och godkänner protokollet eller begär ändringar, inloggade eller genom en länk i ett brev.',
    problems: state.problems,
    notices: [
      ...(done
        ? [{ tone: 'good' as const, title: 'Alla har godkänt', text: 'Protokollet kan publiceras.' }]
        : wants.length > 0
          ? [
              {
                tone: 'warning' as const,
                title: 'En ändring är begärd',
                text: 'Ändra protokollet, eller svara justeraren. Be sedan om nytt godkännande.',
              },
            ]
          : []),
    ],
    path: approvalPath(meeting.slug),
    approvers: approvers.map((one) => ({
      name: one.name,
      tag: stateTags[one.state],
      when:
        one.answered_at === null ? `tillfrågad ${momentText(one.asked_at)}` : `svarade ${momentText(one.answered_at)}`,
      comment: one.comment,
      note: one.has_address
        ? null
        : 'Har inget konto med e-postadress, och får därför inget brev. Skapa ett konto eller publicera med skäl.',
    })),
    choose:
      meeting.state === 'published'
        ? null
        : {
            submit: adjusting ? 'Ändra justerare' : 'Skicka till justering',
            options: {
              name: 'person',
              legend: 'Justerare',
              error: problemOf(state, 'person'),
              many: true,
              options: possible.map(({ person_id, name, capacity, has_address }) => ({
                value: String(person_id),
                text: name,
                hint:
                  [
                    capacity === 'substitute' ? 'ersättare' : null,
                    has_address ? null : 'får inget brev, har inget konto',
                  ]
                    .filter(Boolean)
                    .join(', ') || null,
                chosen: chosen.includes(String(person_id)),
              })),
            },
          },
    attendancePath: attendancePath(meeting.slug),
    againPath:
      adjusting && approvers.some((one) => one.state !== 'approved') ? `${approvalPath(meeting.slug)}/igen` : null,
    backPath: adjusting ? `${approvalPath(meeting.slug)}/tillbaka` : null,
    ways: [
      { text: 'Protokollet', path: minutesPath(meeting.slug) },
      { text: 'Förhandsgranska och publicera', path: publicationPath(meeting.slug) },
    ],
  }
}

export type AdjustPage = {
  head: PageHead
  kicker: string
  lead: string
  problems: readonly Problem[]
  minutes: ShownMinutes
  path: string
  seen: string
  /** Null when there is nothing to answer: approved already, or no longer adjusted. */
  answer: { options: Options; comment: Area } | null
  standing: string | null
}

/** The minutes as an adjuster reads them, with the answer below. */
export async function adjustPage(
  db: Reader,
  handlers: readonly EffectHandler[],
  asked: Asked,
  path: string,
  state: FormState,
): Promise<AdjustPage> {
  const minutes = await collectMinutes(db, handlers, asked.meeting_id)
  const masks = await masksOf(db, asked.meeting_id)
  const open = asked.meeting_state === 'adjusting' && asked.state !== 'approved'
  return {
    head: {
      title: `Justera: ${asked.title}`,
      crumbs: [{ text: 'Justera', path: adjustPath }, { text: asked.title }],
      hidden: true,
      address: adjustPath,
    },
    kicker: `Justerare: ${asked.name}`,
    lead: 'Läs protokollet. Godkänn det sist på sidan, eller skriv vad som ska ändras.',
    problems: state.problems,
    minutes: shownMinutes(withMasks(minutes, masks)),
    path,
    seen: textHash(minutesText(minutes)).toString('hex'),
    answer: open
      ? {
          options: {
            name: 'svar',
            legend: 'Ditt svar',
            error: problemOf(state, 'svar'),
            many: false,
            options: [
              { value: 'godkann', text: 'Jag godkänner protokollet', chosen: typedText(state, 'svar') === 'godkann' },
              { value: 'andra', text: 'Jag vill att något ändras', chosen: typedText(state, 'svar') === 'andra' },
            ],
          },
          comment: {
            name: 'kommentar',
            label: 'Vad ska ändras?',
            hint: 'Bara om du vill att något ändras. Skriv vilken punkt det gäller.',
            value: typedText(state, 'kommentar'),
            error: problemOf(state, 'kommentar'),
            rows: 4,
          },
        }
      : null,
    standing:
      asked.state === 'approved'
        ? `Du godkände protokollet${asked.answered_at === null ? '' : ` ${momentText(asked.answered_at)}`}.`
        : asked.state === 'change_requested'
          ? `Du har begärt en ändring: ${asked.comment}`
          : asked.meeting_state === 'adjusting'
            ? null
            : answerRefusals['not-adjusting'],
  }
}

export type AdjustListPage = { head: PageHead; items: readonly ListItem[] }

export async function adjustListPage(db: Reader, personId: number | undefined): Promise<AdjustListPage> {
  const asked = personId === undefined ? [] : await askedOf(db, personId)
  return {
    head: { title: 'Justera', crumbs: [{ text: 'Justera' }], hidden: true },
    items: asked.map(({ slug, title, held_on, state }) => ({
      kicker: capitalised(dayText(held_on as Day)),
      title,
      path: adjustMeetingPath(slug),
      tags: [stateTags[state]],
    })),
  }
}

export type AdjustDonePage = { head: PageHead; lead: string; text: string | null }

export function adjustDonePage(title: string, lead: string, text: string | null = null): AdjustDonePage {
  return { head: { title, crumbs: [{ text: 'Justera' }], hidden: true, address: adjustPath }, lead, text }
}

import type { Reader } from '../db/database.ts'
import type { MeetingState } from '../db/schema.ts'
import { fileKinds, sizeText } from '../documents/file-rules.ts'
import { type Attachment, attachmentsOfMeeting } from '../documents/files.ts'
import { type FormState, problemOf, typedList, typedText, untouched } from '../http/fields.ts'
import type { Problem, Typed } from '../http/forms.ts'
import type { Cell, Column, Fact, ListItem, Tag, Value } from '../http/parts.ts'
import { allows, coordinatorOfAll, type Identity, keptBy } from '../http/permissions.ts'
import { type Difference, differencesBetween } from '../http/stale.ts'
import type { PageHead } from '../http/view.ts'
import { addDays, type Day, daysBetween, dayText, momentText, stockholmToday, weekdayText } from '../kernel/dates.ts'
import { capitalised, counted } from '../kernel/text.ts'
import {
  agendaPath,
  agendaProposalPath,
  attachmentsPath,
  callPath,
  cancelMeetingPath,
  correctionsPath,
  dischargeImportsPath,
  filePath,
  meetingBundlePath,
  meetingDetailsPath,
  meetingPath,
  newDecisionPath,
  newMeetingPath,
  newProtocolImportPath,
  proposalPath,
  proposalsPath,
  registersPath,
  withQuery,
  workChangeProposalsPath,
  workMeetingPath,
  workNewslettersPath,
  workPlansPath,
  workspacePath,
} from '../kernel/urls.ts'
import { agendaDifferences } from './agenda-rules.ts'
import type { FormPage, Question } from './form-page.ts'
import { collectFor, draftsOf } from './next-meeting-queries.ts'
import { draftsFor } from './next-meeting-rules.ts'
import { agendaOf } from './queries.ts'
import { meetingStateTags } from './texts.ts'
import type { Beginning } from './workbench-forms.ts'
import * as queries from './workbench-queries.ts'
import { defaultNoticeDays, makesVersion } from './workbench-rules.ts'
import { proposalTags, replyNames, replyTags, whenText } from './workbench-texts.ts'

declare module '../http/view.ts' {
  interface Views {
    'meetings/workspace': WorkspacePage
    'meetings/workbench': WorkbenchPage
    'meetings/call': CallPage
    'meetings/attachments': AttachmentsPage
  }
}

export const workspaceCrumb = { text: 'Arbetsyta', path: workspacePath }

/** The head of a page of one meeting's workbench. */
export function meetingHead(meeting: queries.WorkMeeting, title: string | null): PageHead {
  return {
    title: title === null ? `Arbetsyta: ${meeting.title}` : `${title}, ${meeting.title}`,
    crumbs: [
      workspaceCrumb,
      ...(title === null
        ? [{ text: meeting.title }]
        : [{ text: meeting.title, path: workMeetingPath(meeting.slug) }, { text: title }]),
    ],
    hidden: true,
  }
}

export type WorkspacePage = {
  head: PageHead
  newPath: string
  /** The other parts of the workspace, for somebody who may enter them. */
  parts: readonly { text: string; path: string }[]
  todo: readonly ListItem[]
  meetings: readonly ListItem[]
  proposals: readonly ListItem[]
  next: readonly { body: string; text: string; items: readonly Value[]; path: string; linkText: string }[]
  finished: readonly ListItem[]
}

function partsFor(identity: Identity): WorkspacePage['parts'] {
  return [
    { text: 'Planer och uppföljning', path: workPlansPath },
    { text: 'Beslut utanför möten', path: newDecisionPath },
    { text: 'Register', path: registersPath },
    { text: 'Gamla protokoll', path: newProtocolImportPath },
    { text: 'Inläsningar', path: dischargeImportsPath },
    { text: 'Ordnat införande', path: workChangeProposalsPath },
    ...(allows(coordinatorOfAll, identity, null) ? [{ text: 'Nyhetsbrev', path: workNewslettersPath }] : []),
    { text: 'Förslag till dagordningar', path: proposalsPath },
    { text: 'Rättelser', path: correctionsPath },
  ]
}

/** What waits for the coordinator: what to do now, the meetings under way, proposals, and what the next meeting should take up. */
export async function workspacePage(db: Reader, identity: Identity, today: Day): Promise<WorkspacePage> {
  const kept = keptBy(identity)
  const [meetings, finished, proposals, bodies] = await Promise.all([
    queries.workMeetings(db, kept, false),
    queries.workMeetings(db, kept, true, 5),
    queries.openProposals(db, kept),
    queries.bodiesToMeet(db, kept, today),
  ])
  // The leading body's next meeting is what everything else leads up to; others are shown to those who keep only a few.
  const shown = bodies.filter(({ kind }) => kind === 'leadership' || bodies.length <= 3)
  const next = await Promise.all(
    shown.map(async (body) => {
      const coming = (await queries.meetingsToCome(db, body.id))[0]
      const all = coming
        ? (await draftsOf(db, { ...coming, body_id: body.id, body_kind: body.kind })).fresh
        : draftsFor(await collectFor(db, body, today))
      const drafts = all.filter(({ soon }) => soon)
      return {
        body: body.name,
        text: coming
          ? drafts.length === 0
            ? `Allt som ligger nära står på dagordningen för ${coming.title}.`
            : `${counted(drafts.length, 'sak', 'saker')} ur registren står inte på dagordningen för ${coming.title}.`
          : `Inget möte är planerat. Registren har ${counted(drafts.length, 'sak', 'saker')} att ta upp.`,
        linkText: coming ? 'Lägg till ur registren' : 'Skapa ett möte av förslaget',
        items: drafts.map(({ title, reason }) => ({ text: title, note: reason })),
        path: coming
          ? agendaProposalPath(coming.slug)
          : withQuery(newMeetingPath, { grupp: body.slug, utgangspunkt: 'forslag' }),
      }
    }),
  )
  const listItem = (meeting: (typeof meetings)[number]): ListItem => ({
    kicker: `${capitalised(weekdayText(meeting.held_on as Day))} · ${meeting.body_name}`,
    title: meeting.title,
    path: workMeetingPath(meeting.slug),
    facts: [
      counted(meeting.items, 'punkt', 'punkter'),
      ...(meeting.invited > 0
        ? [`${meeting.replies} av ${counted(meeting.invited, 'kallad', 'kallade')} har svarat`]
        : []),
    ],
    tags: [meetingStateTags[meeting.state]],
  })
  return {
    head: { title: 'Arbetsyta', crumbs: [{ text: 'Arbetsyta' }], hidden: true },
    newPath: newMeetingPath,
    parts: partsFor(identity),
    todo: meetings.flatMap((meeting) => {
      const todo = nextStep(meeting, today)
      return todo === null
        ? []
        : [{ title: todo.text, path: todo.path, kicker: meeting.title, ...(todo.note ? { text: todo.note } : {}) }]
    }),
    meetings: meetings.map(listItem),
    proposals: proposals.map((proposal) => ({
      title: proposal.title,
      path: proposalPath(proposal.id),
      kicker: `${proposal.body_name} · från ${proposal.proposed_by}`,
      text: proposal.proposal,
      tags: [proposalTags[proposal.state]],
    })),
    next,
    finished: finished.map(listItem),
  }
}

type Stepped = { slug: string; state: MeetingState; held_on: string; items: number; unapproved?: number }

/** What is next for a meeting, and where to do it; null when there is only to wait. */
export function nextStep(meeting: Stepped, today: Day): { text: string; path: string; note: string | null } | null {
  const heldOn = meeting.held_on as Day
  const { slug } = meeting
  switch (meeting.state) {
    case 'planned': {
      if (heldOn < today) return { text: 'Markera mötet som hållet', path: workMeetingPath(slug), note: null }
      if (meeting.items === 0) return { text: 'Gör dagordningen', path: agendaPath(slug), note: null }
      const last = addDays(heldOn, -defaultNoticeDays)
      return {
        text: 'Kalla till mötet',
        path: callPath(slug),
        note:
          today > last
            ? `Det är ${counted(daysBetween(today, heldOn), 'dag', 'dagar')} till mötet.`
            : `Senast ${dayText(last)}.`,
      }
    }
    case 'called':
      return heldOn <= today ? { text: 'Markera mötet som hållet', path: workMeetingPath(slug), note: null } : null
    case 'held':
      return { text: 'Skriv protokollet', path: `${workMeetingPath(slug)}/protokoll`, note: null }
    case 'drafted':
      return { text: 'Skriv klart protokollet', path: `${workMeetingPath(slug)}/protokoll`, note: null }
    case 'adjusting':
      return {
        text: meeting.unapproved ? 'Följ justeringen' : 'Publicera protokollet',
        path: `${workMeetingPath(slug)}/${meeting.unapproved ? 'justering' : 'publicering'}`,
        note: meeting.unapproved ? `${counted(meeting.unapproved, 'justerare', 'justerare')} har inte godkänt.` : null,
      }
    default:
      return null
  }
}

const detailLabels = {
  datum: 'Datum',
  start: 'Börjar',
  slut: 'Slutar',
  plats: 'Plats',
  videolank: 'Videolänk',
}

type Stands = Readonly<Record<keyof typeof detailLabels, string>>

const noDetails: Stands = { datum: '', start: '', slut: '', plats: '', videolank: '' }

export function standingDetails(meeting: queries.WorkMeeting): Stands {
  return {
    datum: meeting.held_on,
    start: meeting.starts_at?.slice(0, 5) ?? '',
    slut: meeting.ends_at?.slice(0, 5) ?? '',
    plats: meeting.place ?? '',
    videolank: meeting.video_link ?? '',
  }
}

function detailQuestions(form: FormState, stands: Stands): Question[] {
  const field = (name: keyof Stands) => ({
    as: 'field' as const,
    name,
    label: detailLabels[name],
    value: typedText(form, name, stands[name]),
    error: problemOf(form, name),
  })
  return [
    { ...field('datum'), type: 'date', required: true },
    {
      as: 'row',
      legend: 'Tid',
      questions: [
        { ...field('start'), type: 'time' },
        { ...field('slut'), type: 'time' },
      ],
    },
    field('plats'),
    { ...field('videolank'), type: 'url', hint: 'Ses bara av kallade och samordnare.' },
  ]
}

export const whyQuestion = (form: FormState, what: string): Question => ({
  as: 'field',
  name: 'varfor',
  label: `Varför ändras ${what}?`,
  hint: 'Mötet är kallat. Ändringen och skälet syns på mötets sida.',
  value: typedText(form, 'varfor'),
  error: problemOf(form, 'varfor'),
  required: true,
})

const beginningTexts: Record<Beginning, { text: string; hint: string }> = {
  forslag: {
    text: 'Förslag till nästa möte',
    hint: 'Det som registren säger behöver tas upp. Du väljer vad som ska med.',
  },
  mall: { text: 'Gruppens vanliga dagordning', hint: 'Den som är sparad för gruppen, annars portalens.' },
  forra: {
    text: 'Dagordningen från gruppens förra möte',
    hint: 'Samma punkter, utan texter, föredragare och handlingar.',
  },
  tom: { text: 'Tom dagordning', hint: '' },
}

export async function newMeetingPage(
  db: Reader,
  identity: Identity,
  today: Day,
  asked: { grupp?: string | undefined; utgangspunkt?: string | undefined },
  form: FormState = untouched,
): Promise<FormPage> {
  const bodies = await queries.bodiesToMeet(db, keptBy(identity), today)
  const [only] = bodies.length === 1 ? bodies : []
  const body = bodies.find(({ slug }) => slug === asked.grupp)
  const title = body ? `Nytt möte i ${body.name}` : 'Nytt möte'
  const beginning = typedText(form, 'utgangspunkt', asked.utgangspunkt ?? 'forslag')
  return {
    head: { title, crumbs: [workspaceCrumb, { text: 'Nytt möte' }], hidden: true },
    title,
    kicker: null,
    lead: null,
    notice: null,
    problems: form.problems,
    differences: [],
    path: newMeetingPath,
    questions: [
      {
        as: 'select',
        name: 'grupp',
        label: 'Grupp',
        value: typedText(
          form,
          'grupp',
          asked.grupp ?? only?.slug ?? bodies.find(({ kind }) => kind === 'leadership')?.slug,
        ),
        empty: 'Välj grupp',
        options: bodies.map(({ slug, name }) => ({ value: slug, text: name })),
        error: problemOf(form, 'grupp'),
        required: true,
      },
      ...detailQuestions(form, noDetails).map((question) =>
        question.as === 'field' && question.name === 'datum'
          ? { ...question, hint: 'Har dagen passerat skriver du protokollet direkt.' }
          : question,
      ),
      {
        as: 'options',
        name: 'utgangspunkt',
        legend: 'Börja från',
        many: false,
        error: problemOf(form, 'utgangspunkt'),
        options: Object.entries(beginningTexts).map(([value, { text, hint }]) => ({
          value,
          text,
          hint: hint || null,
          chosen: value === beginning,
        })),
      },
    ],
    submit: 'Skapa mötet',
    back: { text: 'Tillbaka till arbetsytan', path: workspacePath },
  }
}

/** @param stale whether somebody else has saved since the form was opened */
export function detailsPage(meeting: queries.WorkMeeting, form: FormState = untouched, stale = false): FormPage {
  const called = makesVersion(meeting)
  const stands = standingDetails(meeting)
  return {
    head: meetingHead(meeting, 'Tid och plats'),
    title: 'Tid och plats',
    kicker: meeting.body_name,
    lead: null,
    notice: null,
    problems: form.problems,
    differences: stale ? differencesOf(form.typed, stands, detailLabels) : [],
    path: meetingDetailsPath(meeting.slug),
    questions: [
      {
        as: 'hidden',
        name: 'version',
        value: stale ? String(meeting.version) : typedText(form, 'version', meeting.version),
      },
      ...detailQuestions(form, stands),
      ...(called
        ? [
            whyQuestion(form, 'uppgifterna'),
            {
              as: 'options' as const,
              name: 'meddela',
              legend: 'Meddela de kallade',
              many: true,
              options: [
                {
                  value: 'ja',
                  text: 'Skicka en ändrad kallelse med e-post',
                  chosen: typedList(form, 'meddela', ['ja']).includes('ja'),
                },
              ],
            },
          ]
        : []),
    ],
    submit: 'Spara',
    back: { text: 'Tillbaka utan att spara', path: workMeetingPath(meeting.slug) },
  }
}

/** The comparison of a form of plain fields. */
export function differencesOf(
  typed: Typed,
  stands: Readonly<Record<string, string>>,
  labels: Readonly<Record<string, string>>,
): Difference[] {
  const plain = Object.fromEntries(
    Object.entries(typed).map(([name, value]) => [name, typeof value === 'string' ? value : value.join(', ')]),
  )
  return differencesBetween(plain, stands, labels)
}

type Button = { text: string; path: string; note: string | null }

export type WorkbenchPage = {
  head: PageHead
  kicker: string
  title: string
  tags: readonly Tag[]
  problems: readonly Problem[]
  step: { text: string; path: string; note: string | null } | null
  facts: readonly Fact[]
  parts: readonly ListItem[]
  replies: { count: string; rows: readonly (readonly Cell[])[]; columns: readonly Column[] } | null
  versions: readonly string[]
  /** What posts at once. */
  buttons: readonly Button[]
  links: readonly Value[]
}

/** One meeting: how far it has come, what is next, and the way to each part of the work. @param exists whether there is a page at the path */
export async function workbenchPage(
  db: Reader,
  meeting: queries.WorkMeeting,
  today: Day,
  exists: (path: string) => boolean,
  problems: readonly Problem[] = [],
): Promise<WorkbenchPage> {
  const [agenda, invitations, versions, attachments] = await Promise.all([
    agendaOf(db, meeting.id),
    queries.invitationsOf(db, meeting.id),
    queries.agendaVersionsOf(db, meeting.id),
    attachmentsOfMeeting(db, meeting.id),
  ])
  const { slug, state } = meeting
  const at = workMeetingPath(slug)
  const answered = invitations.filter(({ reply }) => reply !== null)
  const before = state === 'planned' || state === 'called'
  const written = state === 'held' || state === 'drafted' || state === 'adjusting'
  const part = (title: string, path: string, text: string | null): ListItem[] =>
    exists(path) ? [{ title, path, text }] : []
  const step = nextStep({ ...meeting, items: agenda.length }, today)
  return {
    head: meetingHead(meeting, null),
    kicker: meeting.body_name,
    title: meeting.title,
    tags: [meetingStateTags[state]],
    problems,
    step: step && step.path !== at && exists(step.path) ? step : null,
    facts: [
      { term: 'Tid', values: [{ text: whenText(meeting) }] },
      { term: 'Plats', values: [{ text: meeting.place ?? 'inte bestämd' }] },
      ...(meeting.video_link === null
        ? []
        : [{ term: 'Videolänk', values: [{ text: meeting.video_link, url: meeting.video_link }] }]),
      ...(meeting.called_on === null
        ? []
        : [
            {
              term: 'Kallat',
              values: [{ text: dayText(meeting.called_on as Day), note: meeting.short_notice_because }],
            },
          ]),
      ...(meeting.cancelled_because === null
        ? []
        : [{ term: 'Inställt', values: [{ text: meeting.cancelled_because }] }]),
    ],
    parts: [
      ...part('Tid och plats', meetingDetailsPath(slug), whenText(meeting)),
      ...part(
        'Dagordning',
        agendaPath(slug),
        agenda.length === 0
          ? 'Inga punkter ännu.'
          : counted(agenda.filter(({ parent_id }) => parent_id === null).length, 'punkt', 'punkter'),
      ),
      ...part('Bilagor', attachmentsPath(slug), counted(attachments.length, 'bilaga', 'bilagor')),
      ...(before
        ? part(
            'Kallelse och svar',
            callPath(slug),
            invitations.length === 0
              ? 'Inte kallat.'
              : `${answered.length} av ${counted(invitations.length, 'kallad', 'kallade')} har svarat.`,
          )
        : []),
      ...(before || written
        ? [...part('Närvaro', `${at}/narvaro`, null), ...part('Protokoll', `${at}/protokoll`, null)]
        : []),
      ...(written
        ? [...part('Justering', `${at}/justering`, null), ...part('Publicering', `${at}/publicering`, null)]
        : []),
      ...(state === 'published' ? part('Rättelser och tillägg', `${at}/rattelser`, null) : []),
    ],
    replies:
      invitations.length === 0
        ? null
        : {
            count: `${answered.length} av ${invitations.length}`,
            columns: ['Namn', 'Svar', 'När'].map((text) => ({ text })),
            rows: invitations.map((one) => [
              { text: one.name },
              one.reply === null
                ? { text: 'inget svar' }
                : { text: '', tag: replyTags[one.reply], note: one.substitute_text },
              { text: one.replied_at === null ? '' : momentText(one.replied_at), note: one.replied_by },
            ]),
          },
    versions: changesSinceCall(versions),
    buttons: [
      ...(before && meeting.held_on <= today
        ? [{ text: 'Markera mötet som hållet', path: `${at}/hallet`, note: 'Därefter skriver du protokollet.' }]
        : []),
      ...(state === 'planned'
        ? [
            {
              text: 'Ta bort mötet',
              path: `${at}/ta-bort`,
              note: 'Ingen är kallad. Dagordning och bilagor försvinner.',
            },
          ]
        : []),
    ],
    links: [
      ...(state === 'planned' ? [] : [{ text: 'Mötets sida', path: meetingPath(slug) }]),
      ...(agenda.length > 0 ? [{ text: 'Dagordning och bilagor i en fil (ZIP)', path: meetingBundlePath(slug) }] : []),
      ...(state === 'called' ? [{ text: 'Ställ in mötet', path: cancelMeetingPath(slug) }] : []),
    ],
  }
}

type Version = Awaited<ReturnType<typeof queries.agendaVersionsOf>>[number]

/** 'Dagordningen ändrades 3 mars 2026: Ny punkt 4: Rapport. Skäl: …' for each version after the first, the newest first. */
export function changesSinceCall(versions: readonly Version[]): string[] {
  return versions
    .flatMap((version, place) => {
      const before = versions[place - 1]
      if (!before) return []
      const differences = agendaDifferences(before.agenda, version.agenda)
      const reason = version.why === null ? '' : ` Skäl: ${version.why.replace(/[.\s]+$/, '')}.`
      return [
        `Dagordningen ändrades ${dayText(stockholmToday(version.made_at))} av ${version.made_by}: ${differences.join('. ')}.${reason}`,
      ]
    })
    .reverse()
}

export type CallPage = {
  head: PageHead
  kicker: string
  problems: readonly Problem[]
  notice: string | null
  called: boolean
  /** Null: it cannot be called now, and `notice` says why. */
  form: { path: string; submit: string; questions: readonly Question[]; note: string } | null
  reachable: { count: string; names: readonly Value[] }
  unreachable: { count: string; names: readonly Value[] }
  again: { path: string; note: string } | null
  replies: {
    path: string
    columns: readonly Column[]
    rows: readonly (readonly Cell[])[]
    questions: readonly Question[]
  } | null
}

/** Who will get the call before it is sent; who has answered what afterwards. */
export async function callPage(
  db: Reader,
  meeting: queries.WorkMeeting,
  today: Day,
  form: FormState = untouched,
): Promise<CallPage> {
  const [members, invitations, agenda, versions] = await Promise.all([
    queries.membersToInvite(db, meeting.body_id, meeting.held_on),
    queries.invitationsOf(db, meeting.id),
    agendaOf(db, meeting.id),
    queries.agendaVersionsOf(db, meeting.id),
  ])
  const called = meeting.state === 'called'
  const short = daysBetween(today, meeting.held_on) < defaultNoticeDays
  const who = ({ name, organisation }: (typeof members)[number]): Value => ({ text: name, note: organisation })
  const sent = invitations.flatMap(({ sent_at }) => sent_at ?? [])
  const lastSent = sent.length === 0 ? null : new Date(Math.max(...sent.map((at) => at.getTime())))
  const since = versions.filter(({ number, made_at }) => number > 1 && (lastSent === null || made_at > lastSent)).length
  const uninvited = members.filter(({ person_id }) => !invitations.some((one) => one.person_id === person_id))
  return {
    head: meetingHead(meeting, 'Kallelse och svar'),
    kicker: meeting.body_name,
    problems: form.problems,
    called,
    notice:
      meeting.state === 'planned'
        ? meeting.held_on < today
          ? 'Mötesdagen har passerat. Ändra datumet, eller markera mötet som hållet.'
          : agenda.length === 0
            ? 'Dagordningen är tom. Lägg till minst en punkt innan du kallar.'
            : null
        : called
          ? null
          : 'Mötet är hållet eller inställt. Ingen mer kan kallas.',
    form:
      meeting.state === 'planned' && meeting.held_on >= today && agenda.length > 0
        ? {
            path: callPath(meeting.slug),
            submit: members.some(({ has_address }) => has_address) ? 'Kalla och skicka' : 'Kalla',
            note: 'Dagordningen blir offentlig. Bilagorna ses av ledamöterna tills protokollet är publicerat.',
            questions: short
              ? [
                  {
                    as: 'area',
                    name: 'kort_varsel',
                    label: 'Varför kallas mötet så sent?',
                    hint: `Det är mindre än ${defaultNoticeDays} dagar till mötet. Antalet dagar är ett antagande: vad länet har bestämt framgår inte av underlaget.`,
                    value: typedText(form, 'kort_varsel'),
                    error: problemOf(form, 'kort_varsel'),
                    rows: 3,
                    required: true,
                  },
                ]
              : [],
          }
        : null,
    reachable: {
      count: counted(members.filter(({ has_address }) => has_address).length, 'person', 'personer'),
      names: members.filter(({ has_address }) => has_address).map(who),
    },
    unreachable: {
      count: counted(members.filter(({ has_address }) => !has_address).length, 'person', 'personer'),
      names: members.filter(({ has_address }) => !has_address).map(who),
    },
    again: called
      ? {
          path: `${callPath(meeting.slug)}/igen`,
          note: [
            lastSent === null
              ? members.some(({ has_address }) => has_address)
                ? 'Inget brev har hunnit skickas ännu.'
                : 'Ingen av de kallade har ett konto, så inga brev skickas.'
              : `Kallelsen skickades senast ${momentText(lastSent)}.`,
            since === 0 || lastSent === null
              ? ''
              : `Sedan dess har dagordningen ändrats ${counted(since, 'gång', 'gånger')}.`,
            uninvited.length === 0
              ? ''
              : `${counted(uninvited.length, 'person', 'personer')} har tillkommit i gruppen.`,
          ]
            .filter(Boolean)
            .join(' '),
        }
      : null,
    replies:
      called && invitations.length > 0
        ? {
            path: `${callPath(meeting.slug)}/svar`,
            columns: ['Namn', 'Svar', 'Brev'].map((text) => ({ text })),
            rows: invitations.map((one) => [
              { text: one.name },
              one.reply === null
                ? { text: 'inget svar' }
                : {
                    text: '',
                    tag: replyTags[one.reply],
                    note: [one.substitute_text, one.replied_by === null ? null : `antecknat av ${one.replied_by}`]
                      .filter((part) => part !== null)
                      .join(', '),
                  },
              {
                text: one.sent_at === null ? (one.has_address ? 'på väg' : 'inget konto') : momentText(one.sent_at),
              },
            ]),
            questions: [
              {
                as: 'select',
                name: 'inbjudan',
                label: 'Vem har svarat?',
                value: typedText(form, 'inbjudan'),
                empty: 'Välj',
                options: invitations.map(({ id, name }) => ({ value: String(id), text: name })),
                error: problemOf(form, 'inbjudan'),
                required: true,
              },
              ...replyQuestions(form, null),
            ],
          }
        : null,
  }
}

/** @param stands what the person has answered before */
export function replyQuestions(
  form: FormState,
  stands: { reply: keyof typeof replyNames | null; substitute_text: string | null } | null,
): Question[] {
  const chosen = typedText(form, 'svar', stands?.reply)
  return [
    {
      as: 'options',
      name: 'svar',
      legend: 'Svar',
      many: false,
      error: problemOf(form, 'svar'),
      options: Object.entries(replyNames).map(([value, text]) => ({
        value,
        text: capitalised(text),
        chosen: value === chosen,
      })),
    },
    {
      as: 'field',
      name: 'ersattare',
      label: 'Vem är ersättare?',
      hint: 'Behövs bara om en ersättare kommer.',
      value: typedText(form, 'ersattare', stands?.substitute_text),
      error: problemOf(form, 'ersattare'),
    },
  ]
}

export type AttachmentsPage = {
  head: PageHead
  kicker: string
  lead: string
  problems: readonly Problem[]
  /** Null: the meeting is over and its attachments stand. */
  form: { path: string; questions: readonly Question[]; fileProblem: string | null } | null
  count: string
  files: readonly { value: Value; place: string; removePath: string | null }[]
  bundle: Value | null
}

export function fileValue(file: Pick<Attachment, 'id' | 'title' | 'file_name' | 'media_type' | 'size'>): Value {
  return {
    text: file.title,
    path: filePath(file.id, file.file_name),
    note: `${fileKinds[file.media_type].name}, ${sizeText(file.size)}`,
  }
}

export async function attachmentsPage(
  db: Reader,
  meeting: queries.WorkMeeting,
  form: FormState = untouched,
): Promise<AttachmentsPage> {
  const [files, agenda] = await Promise.all([attachmentsOfMeeting(db, meeting.id), agendaOf(db, meeting.id)])
  const open = meeting.state !== 'published' && meeting.state !== 'cancelled'
  return {
    head: meetingHead(meeting, 'Bilagor'),
    kicker: meeting.body_name,
    lead: 'Bilagor ses av ledamöterna från kallelsen, och av alla när protokollet är publicerat.',
    problems: form.problems,
    form: open
      ? {
          path: attachmentsPath(meeting.slug),
          fileProblem: problemOf(form, 'fil'),
          questions: [
            {
              as: 'field',
              name: 'titel',
              label: 'Vad bilagan heter',
              hint: 'Lämnas tomt får den filens namn.',
              value: typedText(form, 'titel'),
              error: problemOf(form, 'titel'),
            },
            {
              as: 'select',
              name: 'punkt',
              label: 'Hör till',
              value: typedText(form, 'punkt'),
              empty: 'Hela mötet',
              options: agenda.map(({ number, title }) => ({ value: number, text: `${number} ${title}` })),
              error: problemOf(form, 'punkt'),
            },
          ],
        }
      : null,
    count: counted(files.length, 'bilaga', 'bilagor'),
    files: files.map((file) => ({
      value: fileValue(file),
      place: file.item_number === null ? 'Hela mötet' : `Punkt ${file.item_number}`,
      removePath: open ? `${attachmentsPath(meeting.slug)}/${file.id}/ta-bort` : null,
    })),
    bundle:
      agenda.length > 0
        ? { text: 'Dagordning och bilagor i en fil (ZIP)', path: meetingBundlePath(meeting.slug) }
        : null,
  }
}

export function cancelPage(meeting: queries.WorkMeeting, form: FormState = untouched): FormPage {
  return {
    head: meetingHead(meeting, 'Ställ in mötet'),
    title: 'Ställ in mötet',
    kicker: meeting.body_name,
    lead: 'De kallade får ett brev med skälet. Mötets sida finns kvar och säger att mötet är inställt.',
    notice: null,
    problems: form.problems,
    differences: [],
    path: cancelMeetingPath(meeting.slug),
    questions: [
      {
        as: 'area',
        name: 'skal',
        label: 'Varför ställs mötet in?',
        value: typedText(form, 'skal'),
        error: problemOf(form, 'skal'),
        rows: 3,
        required: true,
      },
    ],
    submit: 'Ställ in mötet',
    back: { text: 'Tillbaka utan att ställa in', path: workMeetingPath(meeting.slug) },
  }
}

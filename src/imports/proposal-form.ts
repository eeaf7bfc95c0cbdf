/** The form that a proposal is corrected in: what it begins with, and what must be answered before it becomes a meeting. */
import { z } from 'zod'
import { type EffectInput, effectFieldNames, effectForm, kindFrom } from '../decisions/effect-forms.ts'
import type { EffectKind } from '../effects/effect.ts'
import { dayField } from '../http/field-values.ts'
import { type Problem, readForm, type Typed } from '../http/forms.ts'
import type { Day } from '../kernel/dates.ts'
import { type PersonLine, personLines, personLineText } from '../meetings/minutes-rules.ts'
import { itemKindNames } from '../meetings/texts.ts'
import type { Decision, Proposal, ProposedPart } from './protocol.ts'
import { groupKey, type Matches, type Names, readDetail } from './registers.ts'

/** An item or sub-item as the form numbers it; `path` is where it stands in the proposal. */
export type FormPart = {
  ref: string
  sub: boolean
  path: string
  title: string
  page: number
  part: ProposedPart
  status: string | null
  kind: string
  decisions: readonly Decision[]
}

/** The parts of a proposal in order. A text without the form of a protocol has its headings as items, and no decisions. */
export function partsOf(proposal: Proposal): FormPart[] {
  if (proposal.layout === 'text') return sectionParts(proposal)
  const formal = (decisions: readonly Decision[]) => decisions.some(({ kind }) => kind !== 'position')
  return proposal.items.flatMap((item, at) => [
    {
      ref: String(item.no),
      sub: false,
      path: `items.${at}`,
      title: item.title,
      page: item.page,
      part: item,
      status: null,
      kind: item.type,
      decisions: item.decisions,
    },
    ...item.subItems.map((sub, place) => ({
      ref: sub.ref,
      sub: true,
      path: `items.${at}.subItems.${place}`,
      title: sub.title,
      page: sub.page,
      part: sub,
      status: sub.owningBody,
      kind: formal(sub.decisions) ? 'decision' : 'information',
      decisions: sub.decisions,
    })),
  ])
}

/** More headings than this are no agenda: their words become one item. */
const mostSections = 40

function sectionParts({ sections }: Proposal): FormPart[] {
  const many = sections.length > mostSections
  const shown = many
    ? [{ title: null, page: 1, body: sections.flatMap(({ title, body }) => [title ?? [], body].flat(2)) }]
    : sections
  return shown.map(({ title, page, body }, at) => ({
    ref: String(at + 1),
    sub: false,
    path: `sections.${at}`,
    title: title ?? 'Text',
    page,
    part: { title: title ?? 'Text', presenters: [], attachments: [], links: [], body, decisions: [] },
    status: null,
    kind: 'information',
    decisions: [],
  }))
}

/** The name of a decision's field in the form: 'b-7b-1-slag'. */
export const decisionField = (id: string, field: string) => `b-${id}-${field}`

/** What is chosen for words that are no decision. */
export const noDecision = 'ingen'

/**
 * What the form begins with: the proposal, in the words of the registers where they know it.
 * @param seated who sits in which body the day before the meeting, as 'slug name' in lower case
 */
export function proposedValues(
  proposal: Proposal,
  matches: Matches,
  names: Names,
  seated: ReadonlySet<string>,
): Record<string, string | string[]> {
  const organisation = (name: string | null) =>
    name === null ? null : (names.organisations.get(name.toLowerCase())?.name ?? name)
  const { members, others } = proposal.attendance
  const lines = (people: readonly { name: string; role?: string | null; organisation: string | null }[]) =>
    people
      .map(({ name, role, organisation: employer }) =>
        personLineText({ name, title: null, organisation: role ?? organisation(employer) }),
      )
      .join('\n')
  const unknown = Object.values(matches.persons).some((person) => person === null)
  const values: Record<string, string | string[]> = {
    organ: matches.body?.slug ?? '',
    datum: proposal.date ?? '',
    ledamoter: lines(members),
    ovriga: lines(others),
    // A name that is nearly another is for a human to look at first.
    ...(unknown && Object.keys(matches.similar).length === 0 ? { nya_personer: 'ja' } : {}),
  }
  for (const { ref, title, part, status, kind, decisions } of partsOf(proposal)) {
    Object.assign(values, {
      [`rubrik-${ref}`]: title,
      [`typ-${ref}`]: [kind],
      [`foredragning-${ref}`]: part.presenters
        .map((one) => personLineText({ ...one, organisation: organisation(one.organisation) }))
        .join('\n'),
      [`lankar-${ref}`]: [
        ...part.attachments.flatMap(({ label, url }) => (url === null ? [] : [`${label} ${url}`])),
        ...part.links.map(({ anchor, url }) => `${anchor} ${url}`),
      ].join('\n'),
      [`status-${ref}`]: status === null ? '' : `Pågående arbete inom ${status}`,
      [`text-${ref}`]: part.body.join('\n\n'),
    })
    for (const decision of decisions) {
      const filled = { rubrik: title, lydelse: decision.raw, ...decisionValues(decision, matches, names, seated) }
      for (const [field, value] of Object.entries(filled)) values[decisionField(decision.id, field)] = value
    }
  }
  return values
}

/** Only this object is the portal's indicator: another one must not take its place. */
const dischargeDays = /utskrivningsklar/iu

/** The kind and the answers of a proposed decision. What its words do not say for certain is not answered. */
function decisionValues(
  decision: Decision,
  matches: Matches,
  names: Names,
  seated: ReadonlySet<string>,
): Record<string, string> {
  const note = {
    slag: 'note',
    text: decision.raw.replace(/^.+?\s(?:beslutar|beslutade)\s*:?\s*att\s+/u, '').replace(/\.$/u, ''),
  }
  switch (decision.kind) {
    case 'position':
      return { slag: '', text: decision.raw }
    case 'note':
      return note
    case 'minutes_filed':
      return { slag: 'minutes_filed', tillagg: decision.additions === 'none' ? '' : decision.additions }
    case 'indicator_set':
      return dischargeDays.test(decision.object)
        ? { slag: 'indicator_set', varde: String(decision.value).replace('.', ','), ar: String(decision.year) }
        : note
    case 'member_replaced': {
      const group = names.bodies.get(groupKey(decision.group))
      const into = readDetail(decision.in.detail, names)
      const represented = decision.represents === null ? undefined : names.bodies.get(groupKey(decision.represents))
      const employer =
        decision.represents === null ? undefined : names.organisations.get(decision.represents.toLowerCase())
      const sits = seated.has(`${group?.slug} ${decision.out.name}`.toLowerCase())
      const isNew = matches.persons[decision.in.name] === null && matches.similar[decision.in.name] === undefined
      return {
        slag: 'member_replaced',
        grupp: group?.slug ?? '',
        roll: 'representative',
        ut_namn: decision.out.name,
        ...(sits || matches.similar[decision.out.name] !== undefined ? {} : { ingangslage: 'ja' }),
        in_namn: decision.in.name,
        ...(isNew ? { ny_person: 'ja' } : {}),
        in_titel: into.title ?? '',
        in_enhet: into.unit ?? '',
        in_organisation: into.organisations[0]?.slug ?? '',
        foretrader: represented ? `b:${represented.slug}` : employer ? `o:${employer.slug}` : '',
      }
    }
  }
}

export const textOf = (typed: Typed, name: string): string => {
  const value = typed[name]
  return (value === undefined ? '' : typeof value === 'string' ? value : (value.at(-1) ?? '')).replace(/\r\n?/g, '\n')
}

const listOf = (typed: Typed, name: string): readonly string[] => [typed[name] ?? []].flat()

/** What was typed of one decision, under the names that forms of decisions have. */
export function decisionTyped(typed: Typed, id: string): Typed {
  const prefix = decisionField(id, '')
  return Object.fromEntries(
    Object.entries(typed).flatMap(([name, value]) =>
      name.startsWith(prefix) ? [[name.slice(prefix.length), value]] : [],
    ),
  )
}

export type ConfirmedDecision = {
  id: string
  kind: EffectKind
  title: string
  clause: string | null
  input: EffectInput
}
export type ConfirmedPart = {
  ref: string
  sub: boolean
  title: string
  kinds: readonly string[]
  presenters: readonly PersonLine[]
  links: readonly { label: string; url: string }[]
  status: string
  text: string
  decisions: readonly ConfirmedDecision[]
}
export type Confirmed = {
  body: string
  heldOn: Day
  members: readonly PersonLine[]
  others: readonly PersonLine[]
  mayAdd: boolean
  anotherMeeting: boolean
  parts: readonly ConfirmedPart[]
}

const frameForm = z.object({
  organ: z.string('Välj organ.').min(1, 'Välj vilket organ som höll mötet.'),
  datum: dayField,
})

/** Reads the whole form. @returns what is to become a meeting, or everything that is wrong */
export function readConfirmed(proposal: Proposal, typed: Typed, today: Day): Confirmed | Problem[] {
  const problems: Problem[] = []
  const wrong = (field: string, text: string) => problems.push({ field, text })
  const frame = readForm(frameForm, { organ: textOf(typed, 'organ'), datum: textOf(typed, 'datum') })
  if (!frame.ok) problems.push(...frame.problems)
  else if (frame.values.datum > today)
    wrong('datum', 'Dagen har inte kommit. Ett gammalt protokoll är från ett möte som har varit.')
  const parts: ConfirmedPart[] = []
  let left = new Set<string>()
  for (const { ref, sub, decisions } of partsOf(proposal)) {
    if (textOf(typed, `utelamna-${ref}`) !== '') {
      // Without its item a sub-item would be another item's.
      if (!sub) left = new Set([...left, ref])
      continue
    }
    if (sub && left.has(ref.replace(/[^\d].*$/, ''))) {
      wrong(`utelamna-${ref}`, `Punkt ${ref} hör till en punkt som inte tas med. Lämna ut den också.`)
      continue
    }
    const title = textOf(typed, `rubrik-${ref}`).trim()
    if (title === '') wrong(`rubrik-${ref}`, `Skriv en rubrik för punkt ${ref}.`)
    if (title.length > 300) wrong(`rubrik-${ref}`, 'Skriv högst 300 tecken.')
    const kinds = listOf(typed, `typ-${ref}`).filter((kind) => kind in itemKindNames)
    if (kinds.length === 0) wrong(`typ-${ref}`, `Välj minst en typ för punkt ${ref}.`)
    const links = textOf(typed, `lankar-${ref}`)
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '')
      .map((line) => {
        const url = line.split(/\s+/).at(-1) ?? ''
        if (!/^https?:\/\/\S+$/.test(url) || URL.parse(url) === null || url.length > 2000)
          wrong(`lankar-${ref}`, `”${line.slice(0, 80)}” slutar inte med en adress som börjar med https://.`)
        return { label: line.slice(0, -url.length).trim().slice(0, 300) || url, url }
      })
    let text = textOf(typed, `text-${ref}`).trim()
    if (text.length > 90_000) wrong(`text-${ref}`, 'Skriv högst 90 000 tecken.')
    const confirmed: ConfirmedDecision[] = []
    for (const { id } of decisions) {
      const answers = decisionTyped(typed, id)
      const chosen = textOf(answers, 'slag')
      const clause = textOf(answers, 'lydelse').trim()
      const kind = kindFrom(chosen)
      if (chosen === noDecision) {
        // The words are the protocol's all the same.
        if (clause !== '' && !text.includes(clause)) text = [text, clause].filter(Boolean).join('\n\n')
        continue
      }
      if (kind === null) {
        wrong(
          decisionField(id, 'slag'),
          `Avgör om orden i punkt ${ref} är ett beslut, ett ställningstagande eller bara text.`,
        )
        continue
      }
      const heading = textOf(answers, 'rubrik').trim()
      if (heading === '' || heading.length > 300)
        wrong(decisionField(id, 'rubrik'), 'Skriv en rubrik med högst 300 tecken.')
      if (clause.length > 20_000) wrong(decisionField(id, 'lydelse'), 'Skriv högst 20 000 tecken.')
      const form = readForm(effectForm(kind), Object.fromEntries(effectFieldNames.map((name) => [name, answers[name]])))
      if (form.ok) confirmed.push({ id, kind, title: heading, clause: clause || null, input: form.values })
      else problems.push(...form.problems.map((one) => ({ ...one, field: decisionField(id, one.field) })))
    }
    parts.push({
      ref,
      sub,
      title,
      kinds,
      presenters: personLines(textOf(typed, `foredragning-${ref}`)),
      links,
      status: textOf(typed, `status-${ref}`).trim(),
      text,
      decisions: confirmed,
    })
  }
  if (parts.length === 0) wrong('', 'Ta med minst en punkt.')
  if (problems.length > 0 || !frame.ok) return problems
  return {
    body: frame.values.organ,
    heldOn: frame.values.datum,
    members: personLines(textOf(typed, 'ledamoter')),
    others: personLines(textOf(typed, 'ovriga')),
    mayAdd: textOf(typed, 'nya_personer') !== '',
    anotherMeeting: textOf(typed, 'annat_mote') !== '',
    parts,
  }
}

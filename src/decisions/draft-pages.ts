import type { Kysely } from 'kysely'
import { type Actor, rehearse } from '../audit/work.ts'
import type { Database } from '../db/database.ts'
import type { Conflict, Difference, Effect, EffectHandler, EffectKind } from '../effects/effect.ts'
import type { Question } from '../http/edit-page.ts'
import { type FormState, problemOf, typedText } from '../http/fields.ts'
import type { Problem } from '../http/forms.ts'
import type { Change, Tag, Value } from '../http/parts.ts'
import type { Comparison } from '../http/stale.ts'
import type { Crumb, PageHead } from '../http/view.ts'
import { dateText } from '../kernel/dates.ts'
import { capitalised } from '../kernel/text.ts'
import {
  effectPath,
  minutesPath,
  newDecisionLink,
  newEffectPath,
  newItemDecisionPath,
  organisationRegisterPath,
  planRevisionPath,
  publicationPath,
  withQuery,
  workDecisionPath,
  workMeetingPath,
  workspacePath,
} from '../kernel/urls.ts'
import { rehearseDecisions } from './changes.ts'
import { clausesOf, type WorkDecision } from './draft-queries.ts'
import { type Choices, effectQuestions, kindChoices, kindNames } from './effect-forms.ts'
import { handlerOf } from './queries.ts'
import { decisionKindNames } from './texts.ts'

declare module '../http/view.ts' {
  interface Views {
    'decisions/draft': DraftPage
    'decisions/effect': EffectPage
  }
  interface Parts {
    'decisions/_rehearsed': RehearsedEffect
  }
}

/** A way past a conflict: a form to open, or something that one button does. */
export type WayOut = { text: string; path: string; post: boolean }

/** What an effect will do to the registers, or why it cannot, with the ways out. */
export type RehearsedEffect = {
  name: string
  phrase: string
  changes: readonly Change[]
  conflicts: readonly { text: string; ways: readonly WayOut[] }[]
}

export type DraftPage = {
  head: PageHead
  kicker: string
  title: string
  tags: readonly Tag[]
  path: string
  problems: readonly Problem[]
  comparison: Comparison
  version: number
  questions: readonly Question[]
  clause: string
  clauseNote: string
  effects: readonly (RehearsedEffect & { editPath: string; removePath: string })[]
  more: readonly Value[]
  removePath: string
  /** Set for a decision outside meetings: carrying out is its own act. */
  carryOut: { path: string; conflicts: boolean; today: string } | null
  back: { text: string; path: string }
  /** A decision of a meeting takes effect when the minutes are published. */
  publication: { text: string; path: string } | null
}

export type EffectPage = {
  head: PageHead
  kicker: string
  lead: string | null
  problems: readonly Problem[]
  comparison: Comparison
  path: string
  hidden: readonly { name: string; value: string }[]
  /** Which kind to choose; empty when one is chosen. */
  kinds: readonly { text: string; path: string; hint: string }[]
  /** Asked besides what the kind asks: the title, and for a decision outside meetings who decided and when. */
  questions: readonly Question[]
  preview: readonly RehearsedEffect[] | null
  /** Whether there are minutes to go on with. */
  goOn: boolean
  submit: string
  otherKind: string | null
  back: { text: string; path: string }
}

export function changeOf({ subject, path, before, after }: Difference): Change {
  return {
    what: subject,
    before: before === null ? null : { text: before },
    after: after === null ? null : { text: after, path },
  }
}

/** What to do about each conflict, besides taking the effect away: the form, opened to change what the words name. */
const changeWords: Readonly<Record<string, string>> = {
  'body-not-valid': 'Välj en annan dag eller grupp',
  'outgoing-not-in-register': 'Ändra dag eller person',
  'opening-state-taken': 'Ta bort ingångsläget eller ändra dag',
  'outgoing-already-leaves': 'Ändra dag eller person',
  'incoming-already-seated': 'Ändra dag eller person',
  'chair-taken': 'Ange vem som lämnar, eller ändra dag',
  'chair-later': 'Välj en senare dag',
  'slug-taken': 'Ge gruppen ett annat namn',
  'bad-slug': 'Ge gruppen ett annat namn',
  'bad-kind': 'Välj vad det är för slags grupp',
  'already-closed': 'Välj en annan grupp',
  'not-begun': 'Välj en senare dag',
  'bad-choice': 'Välj ett annat värde',
  'no-value': 'Skriv ett tal',
  'later-version': 'Välj en senare dag',
  'not-earlier': 'Välj ett annat möte',
  'already-filed': 'Välj ett annat möte',
  'due-before-decision': 'Ange ett senare datum',
  'already-adopted': 'Välj en annan plan',
  'not-adopted': 'Välj en annan plan',
  'nothing-to-revise': 'Välj en annan plan',
}

/** The ways past a conflict, the likeliest first. Each conflict has one: the form of the effect at the least. */
export function waysOut(
  { code }: Pick<Conflict, 'code'>,
  effect: Pick<Effect, 'id' | 'decision_id' | 'plan_slug' | 'body_slug' | 'person_in_name'>,
): WayOut[] {
  const form = effectPath(effect.decision_id, effect.id)
  const change = { text: changeWords[code] ?? 'Ändra dag, person eller annat', path: form, post: false }
  /** Another kind of effect does what was meant; the one in the way is then taken away. */
  const instead = (text: string, kind: EffectKind, filled: Readonly<Record<string, string | null>>) => ({
    text,
    path: withQuery(newEffectPath(effect.decision_id, kind), filled),
    post: false,
  })
  const plan = effect.plan_slug ?? ''
  switch (code) {
    case 'outgoing-not-in-register':
      return [{ text: 'Lägg till som ingångsläge', path: `${form}/ingangslage`, post: true }, change]
    case 'chair-taken':
      return [
        instead('Utse till ny ordförande i stället', 'chair_appointed', {
          grupp: effect.body_slug,
          in_namn: effect.person_in_name,
        }),
        change,
      ]
    case 'already-adopted':
      return [instead('Revidera planen i stället', 'plan_revised', { plan }), change]
    case 'not-adopted':
      return [instead('Fastställ planen i stället', 'plan_adopted', { plan }), change]
    case 'nothing-to-revise':
      return [{ text: 'Förbered revideringen', path: planRevisionPath(plan), post: false }, change]
    case 'no-administration':
      return [{ text: 'Lägg till förvaltningen', path: organisationRegisterPath, post: false }, change]
    default:
      return [change]
  }
}

export function rehearsedEffect(
  handlers: readonly EffectHandler[],
  { effect, differences, conflicts }: { effect: Effect; differences: Difference[]; conflicts: Conflict[] },
  stored = true,
): RehearsedEffect {
  return {
    name: kindNames[effect.kind],
    phrase: capitalised(handlerOf(handlers, effect.kind).clause(effect)),
    changes: differences.map(changeOf),
    conflicts: conflicts.map((conflict) => ({
      text: conflict.text,
      ways: stored ? waysOut(conflict, effect) : [],
    })),
  }
}

const workspaceCrumb: Crumb = { text: 'Arbetsyta', path: workspacePath }

function crumbsOf(decision: WorkDecision, last: string): Crumb[] {
  return [
    workspaceCrumb,
    ...(decision.meeting_slug === null
      ? []
      : [
          { text: decision.meeting_title ?? '', path: workMeetingPath(decision.meeting_slug) },
          { text: 'Protokoll', path: minutesPath(decision.meeting_slug) },
        ]),
    { text: last },
  ]
}

function placeOf(decision: WorkDecision): string {
  const when = dateText(decision.decided_on, decision.decided_precision)
  if (decision.item_number === null) return `${decision.body_name} · ${when} · utanför möte`
  return `${decision.meeting_title} · punkt ${decision.item_number} ${decision.item_title}`
}

/** Where to go on from a decision: to its item in the minutes, or to the workspace. */
export function backTo(decision: Pick<WorkDecision, 'meeting_slug' | 'item_number'>): {
  text: string
  path: string
} {
  return decision.meeting_slug === null
    ? { text: 'Till arbetsytan', path: workspacePath }
    : {
        text: 'Till protokollet',
        path: `${minutesPath(decision.meeting_slug)}#punkt-${decision.item_number?.toLowerCase()}`,
      }
}

/** One decision while it is written: what it says, what it will change, what stands in the way. */
export async function draftPage(
  db: Kysely<Database>,
  handlers: readonly EffectHandler[],
  actor: Actor,
  decision: WorkDecision,
  state: FormState & { comparison?: Comparison },
): Promise<DraftPage> {
  const rehearsed = await rehearse(db, actor, (work) => rehearseDecisions(work, handlers, [decision.id]))
  const clause = (await clausesOf(db, handlers, [decision])).get(decision.id) ?? ''
  const path = workDecisionPath(decision.id)
  const kind = decisionKindNames[decision.kind].one
  const conflicts = rehearsed.some((one) => one.conflicts.length > 0)
  const standpoint = rehearsed.some(({ effect }) => effect.kind === 'position')
  return {
    head: { title: `${kind}: ${decision.title}`, crumbs: crumbsOf(decision, kind), hidden: true },
    kicker: placeOf(decision),
    title: decision.title,
    tags: conflicts
      ? [{ tone: 'warning', text: 'Går inte att verkställa än' }]
      : [{ tone: 'info', text: 'Förslag, inget är ändrat' }],
    path,
    problems: state.problems,
    comparison: state.comparison ?? { differences: [] },
    version: decision.version,
    questions: [
      {
        as: 'field',
        name: 'rubrik',
        label: 'Rubrik',
        value: typedText(state, 'rubrik', decision.title),
        error: problemOf(state, 'rubrik'),
      },
      {
        as: 'area',
        name: 'lydelse',
        label: 'Egen lydelse',
        value: typedText(state, 'lydelse', decision.clause),
        error: problemOf(state, 'lydelse'),
        hint: 'Lämna tomt så skriver portalen meningen ur det som beslutet ändrar.',
        rows: 3,
      },
    ],
    clause,
    clauseNote:
      decision.clause === null
        ? 'Meningen är skriven av portalen ur det som beslutet ändrar. Den följer med när du ändrar något.'
        : decision.clause_origin === 'summary'
          ? 'Meningen är en sammanfattning som du har skrivit.'
          : 'Meningen har du skrivit.',
    effects: rehearsed.map((one) => ({
      ...rehearsedEffect(handlers, one),
      editPath: effectPath(decision.id, one.effect.id),
      removePath: `${effectPath(decision.id, one.effect.id)}/ta-bort`,
    })),
    more: standpoint
      ? []
      : kindChoices
          .filter(({ kind: more }) => more !== 'position')
          .map(({ kind: more, name }) => ({ text: name, path: newEffectPath(decision.id, more) })),
    removePath: `${path}/ta-bort`,
    carryOut:
      decision.meeting_id === null
        ? { path: `${path}/verkstall`, conflicts, today: dateText(decision.decided_on, decision.decided_precision) }
        : null,
    back: backTo(decision),
    publication:
      decision.meeting_slug === null
        ? null
        : { text: 'Allt som mötet ändrar', path: publicationPath(decision.meeting_slug) },
  }
}

/** What the form of an effect is opened for: a new decision, one more effect, or a change of one. */
export type EffectFor =
  | {
      new: 'item'
      meeting: { slug: string; title: string }
      item: { number: string; title: string }
      items: readonly { number: string; title: string }[]
    }
  | { new: 'loose'; bodies: readonly { slug: string; name: string }[] }
  | { new: 'effect'; decision: WorkDecision }
  | { change: Effect; decision: WorkDecision }

export function effectPage(
  about: EffectFor,
  kind: EffectKind | null,
  choices: Choices | null,
  state: FormState & { comparison?: Comparison; preview?: readonly RehearsedEffect[]; version?: number },
): EffectPage {
  const change = 'change' in about
  const loose = 'new' in about && about.new === 'loose'
  const decision = 'decision' in about ? about.decision : null
  const path = change
    ? effectPath(about.decision.id, about.change.id)
    : about.new === 'item'
      ? newItemDecisionPath(about.meeting.slug, null)
      : about.new === 'loose'
        ? newDecisionLink('', {})
        : newEffectPath(about.decision.id)
  const linkFor = (one: EffectKind | null) =>
    change
      ? path
      : about.new === 'item'
        ? newItemDecisionPath(about.meeting.slug, about.item.number, one)
        : about.new === 'loose'
          ? newDecisionLink(one ?? '')
          : newEffectPath(about.decision.id, one)
  const title = change
    ? `Ändra: ${kindNames[about.change.kind]}`
    : kind === null
      ? about.new === 'effect'
        ? 'Lägg till i beslutet'
        : 'Nytt beslut'
      : kindNames[kind]
  const titleField = (stands: string): Question => ({
    as: 'field',
    name: 'rubrik',
    label: 'Rubrik',
    value: typedText(state, 'rubrik', stands),
    error: problemOf(state, 'rubrik'),
    hint: loose ? null : 'Punktens rubrik, om du inte ändrar den.',
  })
  const back =
    decision !== null
      ? { text: 'Till beslutet', path: workDecisionPath(decision.id) }
      : 'new' in about && about.new === 'item'
        ? {
            text: 'Till protokollet',
            path: `${minutesPath(about.meeting.slug)}#punkt-${about.item.number.toLowerCase()}`,
          }
        : { text: 'Till arbetsytan', path: workspacePath }
  return {
    head: {
      title,
      crumbs:
        decision !== null
          ? [
              ...crumbsOf(decision, '').slice(0, -1),
              { text: 'Beslut', path: workDecisionPath(decision.id) },
              { text: title },
            ]
          : 'new' in about && about.new === 'item'
            ? [
                workspaceCrumb,
                { text: about.meeting.title, path: workMeetingPath(about.meeting.slug) },
                { text: 'Protokoll', path: minutesPath(about.meeting.slug) },
                { text: title },
              ]
            : [workspaceCrumb, { text: title }],
      hidden: true,
    },
    kicker:
      decision !== null
        ? placeOf(decision)
        : 'new' in about && about.new === 'item'
          ? `${about.meeting.title} · punkt ${about.item.number} ${about.item.title}`
          : 'Beslut utanför möte',
    lead:
      kind === null
        ? null
        : 'Inget ändras nu. Registren ändras först när protokollet publiceras eller beslutet verkställs.',
    problems: state.problems,
    comparison: state.comparison ?? { differences: [] },
    path,
    hidden: [
      ...(kind === null ? [] : [{ name: 'slag', value: kind }]),
      ...('new' in about && about.new === 'item' ? [{ name: 'punkt', value: about.item.number }] : []),
      ...(decision === null ? [] : [{ name: 'version', value: String(state.version ?? decision.version) }]),
    ],
    kinds:
      kind === null
        ? kindChoices
            .filter((one) => decision === null || one.kind !== 'position')
            .map((one) => ({ text: one.name, path: linkFor(one.kind), hint: one.hint }))
        : [],
    questions:
      kind === null || choices === null
        ? []
        : [
            ...(loose ? looseQuestions(about.bodies, state) : []),
            ...effectQuestions(kind, choices, state),
            ...(decision === null ? [titleField('new' in about && about.new === 'item' ? about.item.title : '')] : []),
          ],
    preview: state.preview ?? null,
    goOn: decision === null ? 'new' in about && about.new === 'item' : decision.meeting_slug !== null,
    submit: change ? 'Spara ändringen' : decision === null ? 'Spara beslutet' : 'Lägg till i beslutet',
    otherKind: change || kind === null ? null : linkFor(null),
    back,
  }
}

function looseQuestions(bodies: readonly { slug: string; name: string }[], state: FormState): Question[] {
  return [
    {
      as: 'select',
      name: 'organ',
      label: 'Vem har beslutat?',
      value: typedText(state, 'organ', bodies[0]?.slug),
      error: problemOf(state, 'organ'),
      options: bodies.map(({ slug, name }) => ({ value: slug, text: name })),
    },
    {
      as: 'field',
      name: 'beslutsdag',
      label: 'Beslutsdag',
      type: 'date',
      size: 12,
      value: typedText(state, 'beslutsdag'),
      error: problemOf(state, 'beslutsdag'),
    },
  ]
}

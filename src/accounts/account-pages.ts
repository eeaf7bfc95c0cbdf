import { parseRange } from '../db/ranges.ts'
import { type Field, type FormState, problemOf, untouched } from '../http/fields.ts'
import type { Problem } from '../http/forms.ts'
import type { Cell, Fact } from '../http/parts.ts'
import type { PageHead } from '../http/view.ts'
import { addDays, type Day, dayText, momentText } from '../kernel/dates.ts'
import {
  bodyPath,
  myAccountPath,
  myDataPath,
  myPagePath,
  myPasswordPath,
  mySessionsPath,
  myTwoStepPath,
  signOutEverywherePath,
} from '../kernel/urls.ts'
import type { AccountRow, GrantRow } from './queries.ts'
import { tokenHash } from './secrets.ts'
import type { sessionsOf } from './sessions.ts'
import { newPasswordField } from './sign-in-pages.ts'
import { roleNames } from './texts.ts'

type SessionRow = Awaited<ReturnType<typeof sessionsOf>>[number]

export type MyAccountPage = {
  head: PageHead
  notice: string | null
  problems: readonly Problem[]
  facts: readonly Fact[]
  /** Null: the account has no password of its own; its holder signs in through the employer. */
  password: { path: string; current: Field; next: Field } | null
  twoStep: {
    state: 'on' | 'off' | 'impossible'
    beginPath: string
    endPath: string
    current: Field
  }
  sessions: readonly { browser: string; way: string; began: string; seen: string; here: boolean; endPath: string }[]
  everywherePath: string
  dataPath: string
}

export type TwoStepPage = {
  head: PageHead
  problems: readonly Problem[]
  key: string
  keyUrl: string
  path: string
  code: Field
}

declare module '../http/view.ts' {
  interface Views {
    'accounts/mine': MyAccountPage
    'accounts/two-step': TwoStepPage
  }
}

const currentPassword = (form: FormState, id: string, label: string): Field => ({
  name: id,
  label,
  value: '',
  error: problemOf(form, id),
  type: 'password',
  autocomplete: 'current-password',
  required: true,
})

export function myAccountPage(
  account: AccountRow,
  grants: readonly GrantRow[],
  sessions: readonly SessionRow[],
  { today, token, twoStepPossible }: { today: Day; token: string | null; twoStepPossible: boolean },
  { form = untouched, notice = null }: { form?: FormState; notice?: string | null } = {},
): MyAccountPage {
  const here = token === null ? null : tokenHash(token)
  return {
    head: {
      title: 'Mitt konto',
      crumbs: [{ text: 'Min sida', path: myPagePath }, { text: 'Mitt konto' }],
      hidden: true,
    },
    notice,
    problems: form.problems,
    facts: [
      { term: 'Namn', values: [{ text: account.name }] },
      { term: 'E-postadress', values: [{ text: account.email ?? '' }] },
      { term: 'Får', values: rolesInForce(grants, today) },
      { term: 'Kontot skapades', values: [{ text: momentText(account.created_at) }] },
    ],
    password:
      account.password_hash === null
        ? null
        : {
            path: myPasswordPath,
            current: currentPassword(form, 'nuvarande_losenord', 'Nuvarande lösenord'),
            next: newPasswordField(form),
          },
    twoStep: {
      state: account.totp_confirmed_at !== null ? 'on' : twoStepPossible ? 'off' : 'impossible',
      beginPath: myTwoStepPath,
      endPath: `${myTwoStepPath}/av`,
      current: currentPassword(form, 'losenord_for_kod', 'Lösenord'),
    },
    sessions: sessions.map((session) => ({
      browser: session.browser,
      way: session.way === 'sso' ? 'arbetsgivarens inloggning' : 'lösenord',
      began: momentText(session.created_at),
      seen: momentText(session.last_seen_at),
      here: here?.equals(session.token_hash) ?? false,
      endPath: `${mySessionsPath}/${session.id}/avslut`,
    })),
    everywherePath: signOutEverywherePath,
    dataPath: myDataPath,
  }
}

function rolesInForce(grants: readonly GrantRow[], today: Day): Fact['values'] {
  const inForce = grants.filter(({ valid }) => stateOf(valid, today) === 'valid')
  return inForce.length === 0 ? [{ text: 'inga roller utöver uppdragen i registret' }] : inForce.map(grantValue)
}

export function stateOf(valid: string, today: Day): 'coming' | 'valid' | 'ended' {
  const { from, to } = parseRange(valid)
  if (from !== null && from > today) return 'coming'
  return to !== null && to <= today ? 'ended' : 'valid'
}

/** 'samordnare för Barn och unga' */
export function grantValue({ role, body_name, body_slug, substitute_for }: GrantRow): Cell {
  return {
    text: body_name === null ? roleNames[role] : `${roleNames[role]} i ${body_name}`,
    path: body_slug === null ? null : bodyPath(body_slug),
    note: substitute_for === null ? null : `ersätter ${substitute_for}`,
  }
}

/** 'från 1 januari 2026 till och med 31 mars 2026' */
export function validText(valid: string): string {
  const { from, to } = parseRange(valid)
  const since = from === null ? '' : `från ${dayText(from)}`
  return to === null ? since : `${since} till och med ${dayText(addDays(to, -1))}`.trim()
}

export function twoStepPage({ key, url }: { key: string; url: string }, form: FormState = untouched): TwoStepPage {
  return {
    head: {
      title: 'Slå på engångskoder',
      crumbs: [{ text: 'Mitt konto', path: myAccountPath }, { text: 'Engångskoder' }],
      hidden: true,
    },
    problems: form.problems,
    key,
    keyUrl: url,
    path: `${myTwoStepPath}/bekraftelse`,
    code: {
      name: 'kod',
      label: 'Koden som appen visar nu',
      hint: 'Sex siffror.',
      value: '',
      error: problemOf(form, 'kod'),
      autocomplete: 'one-time-code',
      size: 8,
      required: true,
    },
  }
}

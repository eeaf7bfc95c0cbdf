import type { Field } from '../http/fields.ts'
import { type FormState, problemOf, typedText, untouched } from '../http/fields.ts'
import type { Problem } from '../http/forms.ts'
import type { PageHead } from '../http/view.ts'
import {
  choosePasswordLink,
  choosePasswordPath,
  forgottenPasswordPath,
  signInCodePath,
  signInPath,
  signInSsoPath,
} from '../kernel/urls.ts'
import type { LinkTrouble, OpenLink } from './links.ts'
import { type KeptForm, passwordLength } from './rules.ts'
import type { Afterwards } from './steps.ts'
import { linkTroubles } from './texts.ts'

/** Hidden fields that bring along where to go and what was typed. */
type Carried = { name: string; value: string }

export type SignInPage = {
  head: PageHead
  lead: string | null
  notice: string | null
  problems: readonly Problem[]
  path: string
  carried: readonly Carried[]
  email: Field
  password: Field
  forgottenPath: string
  /** The employers' common sign-in, where there is one. */
  sso: { path: string; text: string } | null
}

export type CodePage = {
  head: PageHead
  problems: readonly Problem[]
  path: string
  code: Field
  startPath: string
}

/** What was typed when the session had ended, to be sent again by its writer. */
export type ResumePage = {
  head: PageHead
  path: string
  hidden: readonly Carried[]
  written: readonly { name: string; text: string }[]
}

/** A page that goes on by itself to another site, with a link for browsers that do not. */
export type ForwardPage = { head: PageHead; text: string; url: string; linkText: string }

export type ForgottenPage = {
  head: PageHead
  problems: readonly Problem[]
  path: string
  email: Field
  done: string | null
}

export type ChoosePasswordPage = {
  head: PageHead
  problems: readonly Problem[]
  path: string
  lead: string
  email: string
  password: Field
}

/** Something to read, and where to go next. */
export type MessagePage = {
  head: PageHead
  text: string
  links: readonly { text: string; path: string }[]
}

declare module '../http/view.ts' {
  interface Views {
    'accounts/sign-in': SignInPage
    'accounts/code': CodePage
    'accounts/resume': ResumePage
    'accounts/forward': ForwardPage
    'accounts/forgotten': ForgottenPage
    'accounts/choose-password': ChoosePasswordPage
    'accounts/message': MessagePage
  }
}

const head = (title: string): PageHead => ({ title, crumbs: [{ text: title }], hidden: true })

/** @param why what the reader was about to do when asked to sign in; null on the page itself */
export function signInPage(
  { returnPath, keptForm }: Afterwards,
  ssoName: string | null,
  {
    form = untouched,
    notice = null,
    asked = false,
  }: { form?: FormState; notice?: string | null; asked?: boolean } = {},
): SignInPage {
  return {
    head: { ...head('Logga in'), address: signInPath },
    lead: asked ? 'Du behöver logga in för att se sidan.' : null,
    notice:
      keptForm === null
        ? notice
        : 'Du var inte längre inloggad. Det du skrev är inte borta: logga in, så får du tillbaka det och kan skicka det igen.',
    problems: form.problems,
    path: signInPath,
    carried: carried(returnPath, keptForm),
    email: {
      name: 'epost',
      label: 'E-postadress',
      value: typedText(form, 'epost'),
      error: problemOf(form, 'epost'),
      type: 'email',
      autocomplete: 'username',
      required: true,
    },
    password: {
      name: 'losenord',
      label: 'Lösenord',
      value: '',
      error: problemOf(form, 'losenord'),
      type: 'password',
      autocomplete: 'current-password',
      required: true,
    },
    forgottenPath: forgottenPasswordPath,
    sso: ssoName === null ? null : { path: signInSsoPath, text: `Logga in med ${ssoName}` },
  }
}

function carried(returnPath: string | null, keptForm: KeptForm | null): Carried[] {
  const fields: Carried[] = []
  if (returnPath !== null) fields.push({ name: 'till', value: returnPath })
  if (keptForm !== null) fields.push({ name: 'sparat', value: JSON.stringify(keptForm) })
  return fields
}

export function codePage(form: FormState = untouched): CodePage {
  return {
    head: head('Skriv engångskoden'),
    problems: form.problems,
    path: signInCodePath,
    startPath: signInPath,
    code: {
      name: 'kod',
      label: 'Engångskod',
      hint: 'Sex siffror, i appen där du lade in portalen.',
      value: '',
      error: problemOf(form, 'kod'),
      autocomplete: 'one-time-code',
      size: 8,
      required: true,
    },
  }
}

export function resumePage({ path, fields }: KeptForm): ResumePage {
  const all = Object.entries(fields).flatMap(([name, value]) => [value].flat().map((text) => ({ name, text })))
  return {
    head: head('Skicka det du skrev'),
    path,
    hidden: all.map(({ name, text }) => ({ name, value: text })),
    written: all.filter(({ text }) => text.trim() !== ''),
  }
}

export function forwardPage(url: string, ssoName: string): ForwardPage {
  return {
    head: head('Vidare till inloggningen'),
    text: `Du skickas nu vidare till ${ssoName}.`,
    url,
    linkText: 'Gå vidare',
  }
}

export function forgottenPage(form: FormState = untouched, done: string | null = null): ForgottenPage {
  return {
    head: head(done === null ? 'Glömt lösenordet' : 'Titta i din e-post'),
    problems: form.problems,
    path: forgottenPasswordPath,
    done,
    email: {
      name: 'epost',
      label: 'E-postadress',
      hint: 'Den som ditt konto har.',
      value: typedText(form, 'epost'),
      error: problemOf(form, 'epost'),
      type: 'email',
      autocomplete: 'username',
      required: true,
    },
  }
}

export function choosePasswordPage(token: string, link: OpenLink, form: FormState = untouched): ChoosePasswordPage {
  return {
    head: { ...head('Välj lösenord'), address: choosePasswordPath },
    problems: form.problems,
    path: choosePasswordLink(token),
    lead: `Hej ${link.name}! ${link.purpose === 'invitation' ? 'Välj ett lösenord till ditt nya konto.' : 'Välj ett nytt lösenord.'}`,
    email: link.email,
    password: newPasswordField(form),
  }
}

export function newPasswordField(form: FormState): Field {
  return {
    name: 'losenord',
    label: 'Nytt lösenord',
    hint: `Minst ${passwordLength.least} tecken. Flera ord som inte hör ihop är lätta att minnas och svåra att gissa.`,
    value: '',
    error: problemOf(form, 'losenord'),
    type: 'password',
    autocomplete: 'new-password',
    required: true,
  }
}

export function linkTroublePage(trouble: LinkTrouble): MessagePage {
  const { title, text } = linkTroubles[trouble]
  return {
    head: { ...head(title), address: choosePasswordPath },
    text,
    links: [
      { text: 'Logga in', path: signInPath },
      { text: 'Be om en ny länk', path: forgottenPasswordPath },
    ],
  }
}

export const messagePage = (title: string, text: string, links: MessagePage['links']): MessagePage => ({
  head: head(title),
  text,
  links,
})

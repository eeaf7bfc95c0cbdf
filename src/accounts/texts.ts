import type { AccountRole } from '../db/schema.ts'
import type { CreateRefusal, EndRefusal, GrantRefusal } from './changes.ts'
import type { LinkTrouble } from './links.ts'

export const roleNames: Record<AccountRole, string> = {
  member: 'ledamot',
  coordinator: 'samordnare',
  administrator: 'administratör',
}

/** The same answer whether the address, the password or the account is wrong. */
export const wrongPassword = 'E-postadressen eller lösenordet är fel, eller så finns inte kontot.'

export const tooManyPasswords =
  'Det har varit för många försök. Vänta en kvart, eller välj ett nytt lösenord via din e-post.'

export const wrongCode = 'Koden är fel eller redan använd. Vänta på nästa kod i appen och försök igen.'

export const linkTroubles: Record<LinkTrouble, { status: number; title: string; text: string }> = {
  unknown: {
    status: 404,
    title: 'Länken fungerar inte',
    text: 'Länken kan ha blivit avklippt när den kopierades, eller så har en nyare skickats.',
  },
  used: {
    status: 410,
    title: 'Länken är redan använd',
    text: 'Varje länk fungerar en gång. Har du redan valt ett lösenord kan du logga in med det.',
  },
  expired: {
    status: 410,
    title: 'Länken har gått ut',
    text: 'En länk fungerar bara en begränsad tid.',
  },
}

export const createRefusals: Record<CreateRefusal, { field: string; text: string }> = {
  'email-taken': { field: 'epost', text: 'Det finns redan ett konto med den e-postadressen.' },
  'person-has-account': { field: 'person', text: 'Personen har redan ett konto.' },
}

export const grantRefusals: Record<GrantRefusal, { field: string; text: string }> = {
  'already-has-role': { field: 'roll', text: 'Kontot har redan den rollen under den tiden.' },
  'ends-before-start': { field: 'till_och_med', text: 'Sista dagen måste vara samma dag som den första eller senare.' },
}

export const endRefusals: Record<EndRefusal, string> = {
  'last-administrator':
    'Det här är den sista administratören. Gör först någon annan till administratör utan slutdatum.',
}

/** What the tables that refer to people hold, in words. */
export const tableNames: Readonly<Record<string, string>> = {
  access_link: 'Länkar till lösenord',
  account: 'Konto',
  account_role_grant: 'Roller',
  agenda_item_presenter: 'Föredragningar på möten',
  agenda_item_statement: 'Jäv och reservationer',
  assignment: 'Uppdrag',
  attendance: 'Närvaro på möten',
  audit_event: 'Historik',
  effect: 'Beslut',
  letter: 'Brev som väntar',
  membership: 'Platser i grupper',
  person: 'Person',
  session: 'Inloggningar',
  sign_in_step: 'Påbörjade inloggningar',
  sso_identity: 'Arbetsgivarens inloggning',
}

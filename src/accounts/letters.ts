import type { Config } from '../config.ts'
import { choosePasswordLink } from '../kernel/urls.ts'
import type { Letter, LetterWriters } from '../mail/letters.ts'
import { linkHours, makeLink } from './links.ts'
import { accountByEmail, accountById } from './queries.ts'

/** The kinds of letters about accounts, with what is queued for each. */
export const invitation = 'account.invitation'
export const passwordReset = 'account.password-reset'
export const passwordChanged = 'account.password-changed'

/** The whole address of a single-use link. */
export function linkUrl(config: Config, token: string): string {
  return config.publicOrigin + config.basePath + choosePasswordLink(token)
}

/** Links are made when the letter is sent, so that none lies readable in the database while it waits. */
export function accountLetters(config: Config): LetterWriters {
  const { name: site, contactEmail } = config.site
  const letter = (to: string, subject: string, paragraphs: readonly string[]): Letter => ({
    to,
    subject: `${subject} – ${site}`,
    text: `${[...paragraphs, `${site}\n${config.publicOrigin}${config.basePath}/`].join('\n\n')}\n`,
  })

  return {
    async [invitation](db, { accountId }) {
      const account = await accountById(db, Number(accountId))
      if (account === undefined || account.email === null || account.closed_at !== null) return null
      const link = linkUrl(config, await makeLink(db, account.id, 'invitation'))
      return letter(account.email, 'Du har fått ett konto', [
        `Hej ${account.name}!`,
        `Du har fått ett konto i portalen för ${site}. Välj ett lösenord här:`,
        link,
        `Länken fungerar en gång och i ${linkHours.invitation / 24} dagar. Svarar du inte på den händer ingenting.`,
      ])
    },

    // Who asked for it may have typed any address: whether there is an account is found out first here.
    async [passwordReset](db, { email }) {
      const account = await accountByEmail(db, String(email))
      if (account === undefined || account.email === null || account.closed_at !== null) return null
      const link = linkUrl(config, await makeLink(db, account.id, 'password_reset'))
      return letter(account.email, 'Välj nytt lösenord', [
        `Hej ${account.name}!`,
        'Någon, troligen du, har bett om att få välja ett nytt lösenord. Gör det här:',
        link,
        'Länken fungerar en gång och i en timme. Var det inte du? Då behöver du inte göra något: ditt lösenord gäller fortfarande.',
      ])
    },

    async [passwordChanged](db, { accountId }) {
      const account = await accountById(db, Number(accountId))
      if (account === undefined || account.email === null) return null
      return letter(account.email, 'Ditt lösenord är ändrat', [
        `Hej ${account.name}!`,
        'Lösenordet till ditt konto har ändrats, och alla dina inloggningar har avslutats.',
        `Var det inte du? Hör då genast av dig till ${contactEmail}.`,
      ])
    },
  }
}

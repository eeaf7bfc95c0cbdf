/** Contact details in running text: what programs are told of has none of them. Pure. */

import { withoutPersonalNumbers } from './personal-number.ts'

const mailbox = /[\p{L}\p{N}._%+-]+@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+/giu
const telephone = /(?<![\p{L}\p{N}/-])(?:\+46\s?|0)\d{1,3}[-\s]?\s?\d{2,3}(?:\s?\d{2,3}){1,2}(?![\p{L}\p{N}-])/giu
/** Wider than what is refused: a day of birth, or that of a coordination number, and four digits of any kind. */
const identityNumber =
  /(?<![\p{L}\p{N}/-])(?:19|20)?\d{2}(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01]|[6-8]\d|9[01])[-+]\d{4}(?![\p{L}\p{N}-])/gu

/** The mail addresses in the text. */
export const mailboxesIn = (text: string): string[] => text.match(mailbox) ?? []
/** Swedish telephone numbers in the text, as they are written. */
export const telephonesIn = (text: string): string[] => text.match(telephone) ?? []
/** Personal identity numbers in the text. */
export const identityNumbersIn = (text: string): string[] => text.match(identityNumber) ?? []

/** The text without mail addresses, telephone numbers and personal identity numbers. */
export function withoutContacts(text: string): string {
  // Each of them has one of these signs, and most texts have none.
  if (!/[@\p{N}]/u.test(text)) return text
  return withoutPersonalNumbers(text)
    .replace(mailbox, '[e-postadress]')
    .replace(identityNumber, '[personnummer]')
    .replace(telephone, '[telefonnummer]')
}

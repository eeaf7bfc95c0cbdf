/** Personal identity numbers of people: the portal has no use for them, and none may reach its database, log or pages. Pure. */

// Digits and hyphens of all kinds are read as the plain ones, and signs that nobody sees are passed over.
const unseen = /[\u00ad\u200b-\u200d\u2060\ufeff]/g
const hyphens = /[\u2010-\u2015\u2212]/g
const word = /[\p{L}\p{N}+\-\u00ad\u200b-\u200d\u2060\ufeff\u2010-\u2015\u2212]+/gu

/**
 * Does the text hold something that looks like a Swedish personal identity number: 10 or 12 digits, with or without
 * hyphen or plus, a date that exists (a coordination number has 60 added to its day) and the right check digit?
 * Only whole words count: 'A20251103-1234' is somebody's own numbering.
 */
export function holdsPersonalNumber(text: string): boolean {
  return (text.normalize('NFKC').match(word) ?? []).some(isPersonalNumber)
}

/** The text with '[personnummer]' in place of whatever looks like a personal identity number. */
export function withoutPersonalNumbers(text: string): string {
  if (!holdsPersonalNumber(text)) return text
  return text.normalize('NFKC').replace(word, (one) => (isPersonalNumber(one) ? '[personnummer]' : one))
}

function isPersonalNumber(written: string): boolean {
  const plain = written.replace(unseen, '').replace(hyphens, '-')
  const parts = /^(\d{2})?(\d{2})(\d{2})(\d{2})[-+]?(\d{4})$/.exec(plain)
  if (parts === null) return false
  const [, century, year = '', month = '', day = '', last = ''] = parts
  return isPlausibleDate(century, year, month, day) && hasRightCheckDigit(year + month + day + last)
}

/** Can the bytes hold a personal identity number at all? Quick, for every cell of a large file. */
export function mayHoldPersonalNumber(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start < 10) return false
  let digits = 0
  for (let at = start; at < end; at += 1) {
    const byte = bytes[at] ?? 0
    if (byte >= 48 && byte <= 57) digits += 1
    // Digits from other scripts are outside ASCII.
    else if (byte > 127) return true
  }
  return digits >= 10
}

function isPlausibleDate(century: string | undefined, year: string, month: string, day: string): boolean {
  const centuries = century === undefined ? ['19', '20'] : [century]
  const dayOfMonth = Number(day) > 60 ? Number(day) - 60 : Number(day)
  return centuries.some((first) => {
    if (!['18', '19', '20'].includes(first)) return false
    const date = new Date(Date.UTC(Number(first + year), Number(month) - 1, dayOfMonth))
    return dayOfMonth >= 1 && date.getUTCMonth() === Number(month) - 1 && date.getUTCDate() === dayOfMonth
  })
}

/** Luhn: every other digit doubled, digits of the products summed, the sum a multiple of ten. */
function hasRightCheckDigit(tenDigits: string): boolean {
  let sum = 0
  for (const [place, digit] of [...tenDigits].entries()) {
    const product = Number(digit) * (place % 2 === 0 ? 2 : 1)
    sum += product > 9 ? product - 9 : product
  }
  return sum % 10 === 0
}

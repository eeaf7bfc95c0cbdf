/** Personal identity numbers of people: the portal has no use for them, and none may reach its database, log or pages. Pure. */

/** What stands in place of a number that was taken away. */
export const numberTakenAway = '[personnummer]'

/**
 * Does the text hold something that looks like a Swedish personal identity number: 10 or 12 digits of any script, a date
 * that exists (a coordination number has 60 added to its day) and the right check digit? The four last may stand apart
 * from the date, and year, month and day from each other. A date and a time of day, or a year until which something
 * holds, is none, and neither is somebody's own numbering: 'A20251103-1234', 'HSF-20251103-1234'.
 */
export function holdsPersonalNumber(text: string): boolean {
  // Piece by piece: of a large file some hold digits and few anything but plain signs.
  for (let from = 0; from < text.length || from === 0; from += piece) {
    const part = text.slice(Math.max(0, from - overlap), from + piece)
    if (!hasDigits(part)) continue
    const plain = ordinary.test(part) ? part : part.replace(strange, (sign) => simplified(sign))
    for (const { start } of placesIn(plain)) if (from === 0 || start >= overlap / 2) return true
  }
  return false
}

const piece = 100_000
/** Longer than any number with what is before and after it, twice. */
const overlap = 200
const strange = /[^\p{ASCII}\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u00ff]/gu
const digit = /\p{N}/gu

/** Every cell of a large file comes here, and few have so many digits. One by one: none is passed by twice. */
function hasDigits(text: string): boolean {
  digit.lastIndex = 0
  let found = 0
  while (found < 10 && digit.test(text)) found += 1
  return found === 10
}

/** The text with '[personnummer]' in place of whatever looks like a personal identity number; the rest as it was. */
export function withoutPersonalNumbers(text: string): string {
  let left = ''
  let from = 0
  for (const { start, end } of numbersIn(text)) {
    left += text.slice(from, start) + numberTakenAway
    from = end
  }
  return left + text.slice(from)
}

type Place = { start: number; end: number }

// A point or a colon with a space around it ends a sentence; other marks may have spaces. No number is broken between two
// lines unless after a hyphen, and tabs part the columns of a table.
const apart = String.raw`[ \t]{0,2}[-+_/\\~·]{1,3}(?:[ \t]{0,2}|\r?\n)|[.:]{1,2}| {1,3}`
const written = new RegExp(
  String.raw`(?<!\d)(?<century>\d\d)?(?<year>\d\d)(?<mark>[-./ ]?)(?<month>\d\d)\k<mark>(?<day>\d\d)(?<sign>${apart})?(?<last>\d{4})(?!\d)`,
  'g',
)

function numbersIn(text: string): Place[] {
  if (!hasDigits(text)) return []
  const { plain, place } = plainly(text)
  return placesIn(plain).map(({ start, end }) => ({ start: place(start).start, end: place(end - 1).end }))
}

/** Where the numbers stand in a plain text. */
function placesIn(plain: string): Place[] {
  const found: Place[] = []
  written.lastIndex = 0
  for (let match = written.exec(plain); match !== null; match = written.exec(plain)) {
    const end = match.index + match[0].length
    if (isPersonalNumber(match.groups as Parts, plain.slice(0, match.index), plain.slice(end)))
      found.push({ start: match.index, end })
    // What is none may begin before one: the next digit is tried.
    else written.lastIndex = match.index + 1
  }
  return found
}

const ordinary = /^[\p{ASCII}\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u00ff]*$/u
const unseen = /[\p{Default_Ignorable_Code_Point}\p{Cf}\p{M}]/gu

/** The text in plain digits, spaces and marks, without signs that nobody sees, and where each of its signs stood. */
function plainly(text: string): { plain: string; place: (at: number) => Place } {
  if (ordinary.test(text)) return { plain: text, place: (at) => ({ start: at, end: at + 1 }) }
  let plain = ''
  const places: Place[] = []
  let start = 0
  for (const sign of text) {
    const end = start + sign.length
    const simple = simplified(sign)
    plain += simple
    for (let unit = 0; unit < simple.length; unit += 1) places.push({ start, end })
    start = end
  }
  return { plain, place: (at) => places[at] as Place }
}

const simplified = (sign: string) =>
  sign
    .normalize('NFKC')
    .replace(unseen, '')
    .replace(/\P{ASCII}/gu, simpleSign)

/** The plain sign that is read as this one; signs that are none of the kinds stay. */
function simpleSign(sign: string): string {
  if (/\p{Nd}/u.test(sign)) return String(digitOf(sign))
  if (/\p{Zs}/u.test(sign)) return ' '
  if (/[\p{Pd}\u00af\u02d7\u2043\u2212\u2500\u2501\u30fc\ufe63]/u.test(sign)) return '-'
  if (/[\u0387\u2022\u2027\u2219\u22c5\u25cf\u30fb]/u.test(sign)) return '·'
  if (/[\u2044\u2215\u29f8]/u.test(sign)) return '/'
  if (/[\u02dc\u223c\u301c]/u.test(sign)) return '~'
  return sign
}

/** Unicode keeps the digits of a script together, from nought to nine. */
function digitOf(sign: string): number {
  const code = sign.codePointAt(0) as number
  let nought = code
  while (/\p{Nd}/u.test(String.fromCodePoint(nought - 1))) nought -= 1
  return (code - nought) % 10
}

type Parts = Record<'year' | 'mark' | 'month' | 'day' | 'last', string> & Partial<Record<'century' | 'sign', string>>

function isPersonalNumber(parts: Parts, before: string, after: string): boolean {
  const { century, year, month, day, last } = parts
  return (
    isPlausibleDate(century, year, month, day) &&
    hasRightCheckDigit(year + month + day + last) &&
    !isPartOfMore(parts, before.slice(-40), after.slice(0, 2)) &&
    !isDateWithMore(parts, after.slice(0, 2))
  )
}

/** Words that say what a number is may stand right before it. */
const namesOfNumbers = /^(?:p|pn|pnr|pers(?:on)?(?:nr|num|nummer)|sam(?:ordnings)?(?:nr|nummer)|nr|f|fd|född|fodd)$/i

/** Part of a longer word, an address or somebody's own numbering. */
function isPartOfMore({ century, mark, sign = '' }: Parts, before: string, after: string): boolean {
  // Year, month and day as folders of a web address, and whatever is below them.
  if (before.endsWith('/') && /[/\\]/.test(mark + sign)) return true
  // The decimals of a figure: '689022.1309231445'.
  if (mark === '' && sign === '' && /\d[.,]$/.test(before)) return true
  // A day within a longer row of numbers: '978-91-12-18-9876'.
  if (century === undefined && mark !== '' && /\d[-./ ]$/.test(before)) return true
  // Two figures and two and two and four in a row are anything, unless the last are tied to them.
  if (century === undefined && mark === ' ' && sign !== '-' && sign !== '+') return true
  const [, word = '', joint = ''] = /(\p{L}+)(-?)$/u.exec(before) ?? []
  if (word !== '' && !namesOfNumbers.test(word)) {
    if (/^\p{Lu}{1,6}$/u.test(word)) return true
    if (joint === '' && (word.length === 1 || sign === '')) return true
  }
  return sign === '' ? /^\p{L}/u.test(after) : /^\p{Lu}/u.test(after)
}

/** A date and when on that day, or the year until which something holds: '2025-12-12 1400', '2023-01-01 – 2026'. */
function isDateWithMore({ century, mark, sign = '', last }: Parts, after: string): boolean {
  const ofOurTime = century === '20'
  const marked = mark !== ''
  const free = /^[ _:]+$/.test(sign)
  if (/^(?:[01]\d|2[0-3])[0-5]\d$/.test(last) && ((marked && (ofOurTime || free)) || (ofOurTime && free))) return true
  return marked && /^(?:19|20)\d\d$/.test(last) && (sign !== mark || /^[-./]\d/.test(after))
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

/** What a reader typed becomes what the register is asked. Pure. */
import type { SearchKind } from '../db/schema.ts'

/** The most signs of a question that are read. */
export const longestQuestion = 200
/** The most words of a question that are looked for. */
export const mostTerms = 8

/** Words so common that they say nothing, without their marks; those that Swedish stemming drops are dropped there. */
const emptyWords = new Set(
  'och i pa for att av till med om den det de en ett som ar fran vid har inte eller hos var vad vem nar hur samt'.split(
    ' ',
  ),
)

/** Plurals that stemming does not lead back, of words that people here are called by. */
const irregular = new Map([
  ['ledamoter', 'ledamot'],
  ['ledamoterna', 'ledamot'],
  ['ledamoters', 'ledamot'],
])

const weekdays = 'mandag tisdag onsdag torsdag fredag lordag sondag'.split(' ')
const months = 'januari februari mars april maj juni juli augusti september oktober november december'.split(' ')

export type Question = {
  /** As typed, without control characters, at most longestQuestion signs. */
  text: string
  /** Whether something of what was typed was left out for its length. */
  cut: boolean
  /** Words to look for, folded: lower case without marks. */
  terms: readonly string[]
  /** Quoted runs of words, folded. */
  phrases: readonly string[]
  /** What the question may be as a reference: 'hp4 a03', '7b 2025 12 12'. */
  references: readonly string[]
  /** Everything, folded. */
  folded: string
  /** Kinds that the question names: 'beslut om utskrivning' asks for decisions. */
  kinds: readonly SearchKind[]
}

/** Words that name a kind of thing, folded and without their endings, and what they name. */
const namesOfKinds: readonly (readonly [name: RegExp, kinds: readonly SearchKind[]])[] = [
  [/^(beslut|stallningstagande)(et|en|n|ena|ar)?s?$/, ['decision']],
  [
    /^(mot(e|et|en|ena)|sammantraden?|sammantradet|protokoll(et|en)?|kallelser?|kallelsen|dagordning(en|ar)?)$/,
    ['meeting'],
  ],
  [/^(handlings)?plan(en|er|erna)?$/, ['plan']],
  [/^aktivitet(en|er|erna)?$/, ['activity']],
  [/^(uppdrag|uppdraget|uppdragen)$/, ['assignment']],
  [/^(forandrings)?forslag(et|en)?$/, ['proposal']],
  [/^projekt(et|en)?$/, ['project']],
  [/^arende(t|n|na)?$/, ['matter']],
  [/^(dokument|avtal)(et|en)?$/, ['document']],
  [/^(overenskommelse|riktlinje|strategi|anvisning)(n|en|r|er|ar|rna|erna|arna)?$/, ['document']],
  [/^bilag(a|an|or|orna)$/, ['file']],
  [/^(samordnande|arbets|samverkansomrades)?grupp(en|er|erna)?$/, ['body']],
  [
    /^(ordforande(n|na)?|ledamot(en)?|ledamoter(na)?|ersattare(n|na)?|representant(en|er|erna)?|deltagare)$/,
    ['person', 'body'],
  ],
]

/** What the words of a question name. */
export function kindsNamed(words_: readonly string[]): SearchKind[] {
  return [...new Set(words_.flatMap((word) => namesOfKinds.find(([name]) => name.test(word))?.[1] ?? []))]
}

/** Nearly every word of a text is one of these, and a page of hits has thousands: the long way takes more than twice as long. */
const swedish = /^[a-zåäö0-9]+$/i

/** Lower case without marks, letters and digits alone: as search_fold in the database. */
export function fold(text: string): string {
  if (swedish.test(text)) return text.toLowerCase().replace(/[åä]/g, 'a').replaceAll('ö', 'o')
  return text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll('ø', 'o')
    .replaceAll('æ', 'ae')
    .replaceAll('ß', 'ss')
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()
}

const words = (folded: string) => folded.split(' ').filter((word) => word !== '')

/** Reads a question. Whatever is typed is a question; nothing in it is an error. */
export function readQuestion(typed: string): Question {
  const plain = typed
    .normalize('NFC')
    .replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cs}]+/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim()
  const text = [...plain].slice(0, longestQuestion).join('').trim()
  const phrases = [...text.matchAll(/["”“»«]([^"”“»«]+)["”“»«]/gu)]
    .map(([, phrase = '']) => fold(phrase))
    .filter(Boolean)
  const folded = fold(text)
  const all = [...new Set(words(folded).map((word) => irregular.get(word) ?? word))]
  const telling = all.filter((word) => !emptyWords.has(word))
  const chosen = telling.length > 0 ? telling : all
  return {
    text,
    cut: text !== plain || chosen.length > mostTerms,
    terms: chosen.slice(0, mostTerms).map((word) => word.slice(0, 60)),
    phrases: phrases.slice(0, 4),
    references: referencesIn(text),
    folded,
    kinds: kindsNamed(all),
  }
}

/** Every way to read the question as the number, or the address, of something. */
function referencesIn(text: string): string[] {
  // An address that was pasted: its last part names the thing.
  const address = /^https?:\/\/\S+\/([^/?#\s]+)(?:[?#]\S*)?$/.exec(text)?.[1]
  // Several words without a number are words, also when they happen to be the address of something.
  if (address === undefined && /\s/.test(text) && !/\d/.test(text)) return []
  const folded = withDays(fold(address ?? text))
  const bare = folded.replace(/\b(?:punkt|punkten|paragraf|beslut|beslutet|mote|motet|protokoll|protokollet)\b/g, ' ')
  // Numbers are typed with and without spaces: '7 b', 'HP 4', 'HP4 A3', 'hp 3 f 1'.
  const joined = words(bare)
    .join(' ')
    .replace(/\b(\d{1,3}) ([a-zåäö])\b/g, '$1$2')
  const part = /^([a-z]{1,6}) ?(\d{1,3})(?: ?([afl]) ?0*(\d{1,3}))?$/.exec(folded)
  const [, plan, planNumber, letter, number = ''] = part ?? []
  const inPlan = letter === 'a' ? `a${number.padStart(2, '0')}` : letter && `${letter}${number}`
  return [
    ...new Set([
      folded,
      words(bare).join(' '),
      joined,
      ...(part ? [[`${plan}${planNumber}`, ...(inPlan ? [inPlan] : [])].join(' ')] : []),
    ]),
  ].filter(Boolean)
}

/** '12 december 2025' and '12 12 2025' → '2025 12 12' */
function withDays(folded: string): string {
  const numbers = folded.replace(
    /\b(\d{1,2}) (1[0-2]|0?[1-9]) (\d{4})\b/g,
    (_all, day: string, month: string, year: string) => `${year} ${month.padStart(2, '0')} ${day.padStart(2, '0')}`,
  )
  return numbers.replace(
    new RegExp(`\\b(?:den )?(\\d{1,2}) (${months.join('|')}) (\\d{4})\\b`, 'g'),
    (_all, day: string, month: string, year: string) =>
      `${year} ${String(months.indexOf(month) + 1).padStart(2, '0')} ${day.padStart(2, '0')}`,
  )
}

/** Words of the calendar are never misspelt names. */
export const isCalendarWord = (word: string) => months.includes(word) || weekdays.includes(word)

/** How many letters may be wrong in a word of this length before it is another word. */
export function slips(length: number): number {
  if (length < 4) return 0
  if (length < 7) return 1
  return length < 12 ? 2 : 3
}

/** Letters that must be changed, added, left out or swapped with their neighbour to get from one word to the other. */
export function distance(from: string, to: string): number {
  const [a, b] = [[...from], [...to]]
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, place) => place)
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i]
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1]
      let least = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (same ? 0 : 1))
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        least = Math.min(least, (beforeLast[j - 2] ?? 0) + 1)
      }
      row.push(least)
    }
    beforeLast = last
    last = row
  }
  return last[b.length] ?? 0
}

export type Piece = { text: string; marked: boolean }

/** Does a word of a text, as it is written there, answer the question? */
export type Matches = (word: string) => boolean

/** Whether a word answers, by its folded form; each is folded once, since texts repeat theirs. */
export function matchesBy(answers: (folded: string) => boolean): Matches {
  const known = new Map<string, boolean>()
  return (written) => {
    let does = known.get(written)
    if (does === undefined) {
      does = answers(fold(written))
      known.set(written, does)
    }
    return does
  }
}

const word = /[\p{L}\p{N}]+/gu

/** A text in pieces, those that answer the question marked. Pieces are plain text: whoever shows them escapes them. */
export function marked(text: string, matches: Matches): Piece[] {
  const pieces: Piece[] = []
  const add = (part: string, isMarked: boolean) => {
    const before = pieces.at(-1)
    if (part === '') return
    if (before?.marked === isMarked) before.text += part
    else pieces.push({ text: part, marked: isMarked })
  }
  let done = 0
  for (const { 0: found, index } of text.matchAll(word)) {
    add(text.slice(done, index), false)
    add(found, matches(found))
    done = index + found.length
  }
  add(text.slice(done), false)
  return pieces
}

/** The signs of an excerpt, about. */
const excerptLength = 220
/** How far into a text an excerpt is looked for. */
export const mostRead = 60_000

/** The part of a text where most different words answer the question, with them marked; else its beginning. */
export function excerpt(text: string, matches: Matches): Piece[] {
  const plain = text
    .slice(0, mostRead)
    .replace(/[#*_`|]+/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
  const found: { word: string; at: number }[] = []
  for (const { 0: one, index } of plain.matchAll(word)) {
    if (matches(one)) found.push({ word: fold(one), at: index })
    if (found.length === 60) break
  }
  let best = { from: 0, count: 0 }
  for (const [place, { at }] of found.entries()) {
    const inside = new Set<string>()
    for (let next = place; next < found.length; next += 1) {
      const other = found[next]
      if (other === undefined || other.at - at >= excerptLength - 60) break
      inside.add(other.word)
    }
    if (inside.size > best.count) best = { from: at, count: inside.size }
  }
  // Back to where a word begins, a little before the first that answers.
  const early = Math.max(0, best.from - 60)
  const from = early === 0 ? 0 : plain.indexOf(' ', early) + 1
  const far = from + excerptLength
  const to = far >= plain.length ? plain.length : Math.max(plain.lastIndexOf(' ', far), from + 1)
  const cut = plain.slice(from, to)
  if (cut === '') return []
  return marked(`${from > 0 ? '… ' : ''}${cut}${to < plain.length ? ' …' : ''}`, matches)
}

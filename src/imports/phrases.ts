/** Phrases of old protocols: persons, presenters, decision clauses. Pure; each reads text and never fills in what is not there. */

export type PersonPhrase = { name: string; rest: string }

const particles = new Set([
  'von',
  'af',
  'av',
  'de',
  'van',
  'der',
  'den',
  'la',
  'le',
  'du',
  'di',
  'el',
  'al',
  'bin',
  'zu',
])
/** Words with a capital that begin an organisation, not a name. */
const organisationWord =
  /^(?:Region|Regionen|Kommun|Kommunen|Kommunförbundet|Kommunförbund|Gymnasieförbundet|Brukarrepresentant\p{L}*|Patientrepresentant\p{L}*|Habiliteringen|Hemvården|Barn-?|Hälso-?|Primärvården|Psykiatrin|Vuxenpsykiatrin|Socialförvaltningen|Omsorgsförvaltningen|Länssjukhuset)$/u

/** The name that a phrase begins with: capitalised words, hyphens and particles among them; all of it in capitals is a sign of an abbreviation. */
export function readPerson(phrase: string): PersonPhrase {
  const words = phrase.trim().split(/\s+/)
  const name: string[] = []
  let taken = 0
  for (const [at, word] of words.entries()) {
    const bare = word.replace(/[,;]$/, '')
    const next = words[at + 1] ?? ''
    const capital = /^\p{Lu}[\p{L}\p{M}'’.-]*(?::son)?$/u.test(bare)
    const abbreviation = /^\p{Lu}{2,}$/u.test(bare) && name.length >= 2
    const particle = particles.has(bare) && name.length > 0 && bare === word
    if (particle && (/^\p{Lu}/u.test(next) || particles.has(next))) {
      name.push(bare)
      taken = at + 1
      continue
    }
    if (!capital || abbreviation || bare.endsWith('-') || (name.length >= 1 && organisationWord.test(bare))) break
    name.push(bare)
    taken = at + 1
    if (bare !== word) break
  }
  while (name.length > 0 && particles.has(name.at(-1) ?? '')) {
    name.pop()
    taken -= 1
  }
  return {
    name: name.join(' '),
    rest: words
      .slice(taken)
      .join(' ')
      .replace(/^[,;]\s*/, ''),
  }
}

export const nameWords = (name: string) => name.split(' ').filter((word) => /^\p{Lu}/u.test(word)).length

/** Whether a text reads as the name of a municipality, region, association, or as a known organisation. */
export function looksLikeOrganisation(text: string, known: ReadonlySet<string> = new Set()): boolean {
  return (
    known.has(text.toLowerCase()) ||
    (/^\p{Lu}/u.test(text) &&
      text.length < 70 &&
      (/(?:\bkommun|\blän|förbund(?:et)?|\bregionen|sjukhus(?:et)?|universitet(?:et)?|förening(?:en)?)$/iu.test(text) ||
        /^Region\s+\p{Lu}/u.test(text) ||
        /^(?:Kommunförbundet|Gymnasieförbundet|Region)\b/u.test(text) ||
        /^\p{Lu}{2,5}$/u.test(text)))
  )
}

export type Presenter = { name: string; title: string | null; organisation: string | null }

/**
 * Signs that what stands for a title is running text: a verb, or one person more. An area has its "och" too ("Barn och
 * unga"), and a word that is like a verb ("Psykisk hälsa").
 */
const runningText =
  /(?:^|\s)(?:hälsa(?:r|de)|öppna(?:r|de)|berätta(?:r|de)|informera(?:r|de)|är|var|som)(?:\s|$)|^(?:och|samt)\s|,\s+(?:och|samt)\s|(?:^|\s)\p{Ll}[\p{L}-]*(?<!-)\s+(?:och|samt)\s+\p{Lu}\p{L}+\s+\p{Lu}/u

/** A presenter line, or null when the line is not plainly one. */
export function readPresenter(line: string, known: ReadonlySet<string> = new Set()): Presenter | null {
  if (/[.:!?]$/.test(line) || !line.includes(',') || line.length > 160) return null
  const { name, rest } = readPerson(line)
  if (nameWords(name) < 2 || rest === '') return null
  const comma = rest.lastIndexOf(', ')
  const organisation = comma === -1 ? rest : rest.slice(comma + 2)
  const title = comma === -1 ? '' : rest.slice(0, comma)
  if (!looksLikeOrganisation(organisation, known)) return null
  if (runningText.test(title)) return null
  return { name, title: title.trim() || null, organisation }
}

const abbreviations =
  /(?:^|[\s(])(?:t\.\s?ex|bl\.\s?a|m\.\s?m|m\.\s?fl|d\.\s?v\.\s?s|dvs|s\.\s?k|f\.\s?d|fr\.\s?o\.\s?m|t\.\s?o\.\s?m|kl|nr|ca|resp|enl|jfr|st|dr|\p{Lu})\.$/iu

/** Sentences of running text. An abbreviation or initial ends none. */
export function sentencesOf(text: string): string[] {
  const sentences: string[] = []
  let start = 0
  for (const match of text.matchAll(/[.!?]["”’)]?\s+(?=["”(]?[\p{Lu}\d])/gu)) {
    const end = match.index + match[0].length
    const so = text.slice(start, end).trimEnd()
    if (abbreviations.test(so)) continue
    sentences.push(so)
    start = end
  }
  const rest = text.slice(start).trim()
  if (rest !== '') sentences.push(rest)
  return sentences
}

/** A group's name with the two spellings of "coordinating group" as one, and its own name with a capital. */
export function foldGroup(name: string): string {
  return name
    .trim()
    .replace(/^den\s+/i, '')
    .replace(
      /^samordnan?de\s+grupp(?:en)?\s+(?:för\s+)?(\p{L}+)/iu,
      (_all, first: string) => `samordnande grupp ${withCapital(first)}`,
    )
    .replace(
      /^samverkansområdesgrupp(?:en)?\s+(?:för\s+)?(\p{L}+)/iu,
      (_all, first: string) => `samverkansområdesgrupp ${withCapital(first)}`,
    )
}

/** A word that has a capital inside ("eHälsa") is written as its owner writes it. */
const withCapital = (word: string) => (/\p{Lu}/u.test(word) ? word : `${word.charAt(0).toUpperCase()}${word.slice(1)}`)

export type ReplacedPerson = {
  name: string
  detail: string | null
  /** The detail with its abbreviations written out, when the registers know them. */
  expanded?: string
}
export type Effect =
  | { kind: 'indicator_set'; object: string; year: number; value: number; tail?: string }
  | {
      kind: 'member_replaced'
      group: string
      in: ReplacedPerson
      out: ReplacedPerson & { formerTitle: boolean }
      represents: string | null
    }

const role = '(?:representant|ledamot|deltagare|ersättare)'
const groupWords =
  '(?:den )?(?:samordna|samverkans|arbets|styr|bered|läns|Läns|projekt|referens|lednings)[\\p{L}]*(?:\\s|$)'
const replaceForms = [
  new RegExp(
    `^(?<in>.+?),? ersätter (?<out>.+?),? som ${role} (?:från|för) (?<from>.+?),? i (?<g>${groupWords}.*)$`,
    'iu',
  ),
  new RegExp(
    `^(?<in>.+?),? ersätter (?<out>.+?),? i (?<g>${groupWords}.*?),? som ${role} (?:från|för) (?<from>.+)$`,
    'iu',
  ),
  new RegExp(
    `^(?<in>.+?),? ersätter (?<out>.+?),? som ${role} i (?<g>.+?)(?:,? från (?<from>(?:samordna|samverkans).+))?$`,
    'iu',
  ),
  new RegExp(`^(?<in>.+?),? ersätter (?<out>.+?),? i (?<g>.+?),? som ${role} från (?<from>.+)$`, 'iu'),
  new RegExp(`^(?<in>.+?),? ersätter (?<out>.+?),? i (?<g>${groupWords}.*)$`, 'iu'),
]

/** What a decision clause does, after "beslutar att" and without its final stop; null when no known form fits whole. */
export function readEffect(what: string): Effect | null {
  const value =
    /^fastställa (?<object>.+),? för (?:år )?(?<year>\d{4}),? till (?<value>\d+(?:[.,]\d+)?)(?<tail>\s+(?:dag|dagar|procent|%|timmar|vårddagar|dygn))?$/u.exec(
      what,
    )?.groups
  if (value && !/\bför (?:år )?\d{4},? till \d/.test(value.object ?? '')) {
    return {
      kind: 'indicator_set',
      object: value.object ?? '',
      year: Number(value.year),
      value: Number(value.value?.replace(',', '.')),
      ...(value.tail === undefined ? {} : { tail: value.tail.trim() }),
    }
  }
  if ((what.match(/\bersätter\b/g) ?? []).length !== 1) return null
  for (const form of replaceForms) {
    const found = form.exec(what)?.groups
    if (!found) continue
    const into = readPerson(found.in ?? '')
    const outOf = readPerson((found.out ?? '').replace(/^(?:tidigare|f\.\s?d\.)\s+(?=\p{Lu})/u, ''))
    if (nameWords(into.name) < 2 || nameWords(outOf.name) < 2) return null
    // "som ordförande i …": another seat than a member's, which no form reads.
    if (/(?:^|\s)som\s/u.test(`${into.rest} ${outOf.rest}`)) return null
    const former = /^(?:tidigare|f\.\s?d\.)\s+/iu
    return {
      kind: 'member_replaced',
      group: foldGroup((found.g ?? '').replace(/,$/, '')),
      in: { name: into.name, detail: into.rest.replace(/,$/, '') || null },
      out: {
        name: outOf.name,
        detail: outOf.rest.replace(former, '').replace(/,$/, '') || null,
        formerTitle: former.test(outOf.rest) || /^(?:tidigare|f\.\s?d\.)\s/u.test(found.out ?? ''),
      },
      represents: found.from ? foldGroup(found.from) : null,
    }
  }
  return null
}

/** Words that say that something is agreed, without being a formal clause. */
export const softPosition =
  /\b(?:fastslås|fastslogs|fastslagit|fastslår|fastslog)\b|\bst(?:ällt|äller|ällde|år|od|ått)\s+(?:\p{L}+\s+)?(?:sig\s+)?bakom\b/iu

const serviceUser = /^(?:brukar|patient|närstående|anhörig)(?:representant|företrädare)\p{L}*$/iu

export type Attendee = { name: string; role: string | null; organisation: string | null }

/** One person of an attendance list, or null when the line names none. */
export function readAttendee(line: string, known: ReadonlySet<string> = new Set()): Attendee | null {
  const text = line
    .replace(/^[•·–*-]\s*/, '')
    .replace(/^\d{1,2}[.)]\s+/, '')
    .trim()
  if (/[.:!?]$/.test(text) && !/\p{Lu}\.$/u.test(text)) return null
  const { name, rest } = readPerson(text)
  if (nameWords(name) < 2) return null
  if (rest === '') {
    return { name, role: null, organisation: null }
  }
  const last = rest.slice(rest.lastIndexOf(', ') === -1 ? 0 : rest.lastIndexOf(', ') + 2)
  if (serviceUser.test(last)) return { name, role: last, organisation: null }
  if (last.split(' ').length > 8) return null
  // A list has "Name, Organisation": words without comma or a known organisation are no person.
  if (!text.includes(',') && !looksLikeOrganisation(last, known)) return null
  return { name, role: null, organisation: last }
}

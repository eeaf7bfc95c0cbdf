import { type Kysely, type RawBuilder, sql } from 'kysely'
import type { Database } from '../db/database.ts'
import type { MeetingState, SearchKind } from '../db/schema.ts'
import { allows, type Identity, keptBy, member } from '../http/permissions.ts'
import { PortalError } from '../kernel/errors.ts'
import { mayReadAttachments } from '../meetings/workbench-rules.ts'
import { distance, isCalendarWord, mostRead, type Question, slips } from './rules.ts'

// Everything here runs in one read-only transaction with a time limit: see searching().

type Asker = Kysely<Database>

/** The most milliseconds that one statement of a search may take. */
const patience = 3_000
/** The most hits that are counted and ranked, of those with a day the latest, and as many of those without. */
export const mostHits = 200
/** Of what has more, the most hits in titles that are ranked beside the latest. */
const mostInTitles = 100
/** The most words of the register that one typed word may stand for. */
const mostWords = 60

/** Searches at a time, so that readers of other pages always get a connection, and how many may wait their turn. */
const atOnce = 3
const mostWaiting = 60
let running = 0
const waiting: (() => void)[] = []

/**
 * Lets a few searches run at a time, each with a time limit.
 * @throws PortalError unavailable when too many wait already, or when it takes too long
 */
export async function searching<T>(db: Kysely<Database>, work: (trx: Asker) => Promise<T>): Promise<T> {
  if (running >= atOnce) {
    if (waiting.length >= mostWaiting) throw new PortalError('unavailable', 'too many searches wait', tooMany)
    // Whoever leaves hands its place on.
    await new Promise<void>((turn) => waiting.push(turn))
  } else running += 1
  try {
    return await db
      .transaction()
      .setAccessMode('read only')
      .execute(async (trx) => {
        // Of a few hundred entries the planner would rather read each for every year.
        await sql`select set_config('statement_timeout', ${String(patience)}, true), set_config('enable_seqscan', 'off', true)`.execute(
          trx,
        )
        return await work(trx)
      })
  } catch (error) {
    if ((error as { code?: string }).code !== '57014') throw error
    throw new PortalError('unavailable', 'a search took too long', tooLong)
  } finally {
    const next = waiting.shift()
    if (next) next()
    else running -= 1
  }
}

const tooMany = 'Många söker just nu. Vänta en stund och försök igen.'
const tooLong = 'Sökningen tog för lång tid. Använd färre eller mer ovanliga ord.'

const meetingStates: readonly MeetingState[] = [
  'mentioned',
  'planned',
  'called',
  'held',
  'drafted',
  'adjusting',
  'published',
  'cancelled',
]

/** Which entries the reader may see: what is public, and the attachments that the meetings room lets the person read. */
export function visibleTo(identity: Identity | null): RawBuilder<boolean> {
  const isMember = identity?.signedIn === true && allows(member, identity, null)
  const states = (keeps: boolean) =>
    meetingStates.filter((state) => mayReadAttachments(state, { keeps, member: isMember }))
  const kept = identity?.signedIn ? keptBy(identity) : new Set<string>()
  if (kept === null) return sql<boolean>`true`
  const open = sql<boolean>`(e.gate is null or e.gate::text = any(${[...states(false)]}::text[]))`
  if (kept.size === 0) return open
  return sql<boolean>`(${open} or (e.gate::text = any(${[...states(true)]}::text[])
    and e.body_id in (select id from body where slug = any(${[...kept]}::text[]))))`
}

export type Term = {
  word: string
  /** Null for a word that Swedish stemming drops. */
  stem: string | null
  /** Words of the register that the term is a part of, or an inflection of. */
  words: readonly string[]
  stems: readonly string[]
  /** Typed instead, when the term was changed into a word of the register. */
  typed: string | null
  /** Which part of a compound that was typed the term is; null for words, misspelt or not. */
  part: 'first' | 'last' | null
  /** As it is written in the register. */
  shown: string
}

/** The terms with the words of the register that each stands for: inflections, beginnings and parts of compounds. */
export async function expand(trx: Asker, terms: readonly string[]): Promise<Term[]> {
  const { rows } = await sql<{ term: string; term_stem: string | null; word: string | null; stem: string | null }>`
    select t.term, t.term_stem, found.word, found.stem
    from (
      select term, n, (ts_lexize('swedish_stem', term))[1] as term_stem
      from unnest(${[...terms]}::text[]) with ordinality as typed (term, n)
    ) t
    left join lateral (
      select w.word, min(w.stem) as stem from search_word w
      where w.stem = t.term_stem
        or (length(t.term) >= 3 and w.word like t.term || '%')
        or (length(t.term) >= 4 and w.word like '%' || t.term || '%')
        or (length(t.term_stem) >= 4 and w.word like t.term_stem || '%')
        or (length(t.term_stem) >= 5 and w.word like '%' || t.term_stem || '%')
      group by w.word
      order by bool_or(w.stem = t.term_stem) desc, bool_or(w.word like t.term || '%') desc, length(w.word), w.word
      limit ${mostWords}
    ) found on true
    order by t.n`.execute(trx)
  return terms.map((term) => {
    const own = rows.filter((row) => row.term === term)
    return {
      word: term,
      stem: own[0]?.term_stem ?? null,
      words: own.flatMap(({ word }) => word ?? []),
      stems: [...new Set(own.flatMap(({ stem }) => stem ?? []))],
      typed: null,
      part: null,
      shown: term,
    }
  })
}

/** The word of the register that a misspelt one most probably is; null when none is near. Only words that are public. */
export async function nearest(trx: Asker, word: string): Promise<{ word: string; shown: string } | null> {
  const most = slips(word.length)
  if (most === 0 || /\d/.test(word) || isCalendarWord(word)) return null
  const { rows } = await sql<{ word: string; shown: string; likeness: number }>`
    select word, shown, similarity(word, ${word}) as likeness from (
      (select word, shown from search_word where word % ${word} order by similarity(word, ${word}) desc limit 300)
      union
      (select word, shown from search_word where word like ${`${word.slice(0, 1)}%`}
        and length(word) between ${word.length - most} and ${word.length + most} limit 6000)
    ) near`.execute(trx)
  const near = rows
    .map((row) => ({ ...row, steps: distance(word, row.word) }))
    // Whoever writes more than one letter wrong still knows how the word begins.
    .filter((row) => row.steps <= 1 || (row.steps <= most && row.word[0] === word[0]))
    .sort((a, b) => a.steps - b.steps || b.likeness - a.likeness || a.word.localeCompare(b.word, 'sv'))
  return near[0] ?? null
}

/** The shortest part of a compound that says something by itself. */
const shortestPart = 4
/** As much of a long word's beginning as another word must share to be about the same. */
const sharedBeginning = 6

/**
 * What a compound that stands nowhere is made of, in words of the register that are public: both its parts
 * (äldre|omsorg), else its beginning (betalningsansvar|slagen), else as much of it as another word begins with
 * (demens|sjukdom, since there is a demensnätverk). Empty when it is made of nothing known.
 */
export async function partsOf(trx: Asker, word: string): Promise<{ word: string; shown: string }[]> {
  if (word.length < 2 * shortestPart || /\d/.test(word)) return []
  const places = Array.from({ length: word.length - shortestPart }, (_, place) => place + shortestPart)
  const beginnings = places.map((place) => word.slice(0, place)).reverse()
  const { rows } = await sql<{ word: string; shown: string }>`
    select word, min(shown) as shown from search_word
    where word = any(${[...beginnings, ...places.map((place) => word.slice(word.length - place))]}::text[])
    group by word`.execute(trx)
  const known = new Map(rows.map((row) => [row.word, row]))
  for (const beginning of beginnings) {
    const first = known.get(beginning)
    const rest = word.slice(beginning.length)
    // A compound may be joined with an s.
    const second = known.get(rest) ?? (rest.startsWith('s') ? known.get(rest.slice(1)) : undefined)
    if (first && second) return [first, second]
  }
  const longest = beginnings.find((beginning) => beginning.length > shortestPart && known.has(beginning))
  const whole = longest === undefined ? undefined : known.get(longest)
  if (whole) return [whole]
  const shared = beginnings.filter((beginning) => beginning.length >= sharedBeginning)
  const { rows: begun } = await sql<{ beginning: string }>`
    select beginning from unnest(${shared}::text[]) beginning
    where exists (select from search_word w where w.word like beginning || '%') order by length(beginning) desc limit 1`.execute(
    trx,
  )
  return begun.map(({ beginning }) => ({ word: beginning, shown: beginning }))
}

const quoted = (lexeme: string) => `'${lexeme.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`

const exactOf = (term: Term) => quoted(term.stem ?? term.word)

const beginning = ({ word }: Term) => (word.length >= 3 && !/^\d+$/.test(word) ? [`${quoted(word)}:*`] : [])

/** The words of the register that the term stands for. */
function wideOf(term: Term): string {
  const alternatives = new Set([term.stem, ...term.stems].flatMap((stem) => (stem === null ? [] : [quoted(stem)])))
  // The register has every public word. To ask for beginnings makes all lists of the index be read, year after year.
  if (term.words.length === 0 || term.words.length >= mostWords)
    for (const one of beginning(term)) alternatives.add(one)
  if (alternatives.size === 0) alternatives.add(quoted(term.word))
  return `(${[...alternatives].join(' | ')})`
}

/** And whatever else begins as it does: what only some may read has words that the register does not know. */
const widerOf = (term: Term) => `(${[wideOf(term), ...beginning(term)].join(' | ')})`

export type Asked = {
  question: Question
  terms: readonly Term[]
  /** every: each word must be there. some: one of them is enough. */
  need: 'every' | 'some'
  /** Whether the reader sees nothing but what is public: else words of attachments may be meant, too. */
  publicOnly: boolean
}

export type Narrowed = { kind: SearchKind | null; body: string | null; year: number | null }
const everything: Narrowed = { kind: null, body: null, year: null }

/** What is asked of an entry `e`. */
function answers({ question, terms, need }: Asked) {
  // Words that stemming drops stand in no register of stems.
  const telling = terms.filter(({ stem, word }) => stem !== null || /\d/.test(word))
  const joint = need === 'every' ? ' & ' : ' | '
  const wide = telling.map(wideOf).join(joint)
  const wider = telling.map(widerOf).join(joint)
  const exact = telling.map(exactOf).join(joint)
  // Among the words that a thing is found under besides its title.
  const named = telling.map((term) => `${exactOf(term)}:B`).join(joint)
  const phrases = question.phrases.map((phrase) => sql<boolean>`strpos(e.folded, ${` ${phrase} `}) > 0`)
  return {
    wide: sql`${wide}::tsquery`,
    wider: sql`${wider}::tsquery`,
    exact: sql`${exact}::tsquery`,
    named: sql`${named}::tsquery`,
    worded: wide !== '',
    inPhrases: phrases.length === 0 ? sql<boolean>`true` : sql<boolean>`(${sql.join(phrases, sql` and `)})`,
    referred: sql<boolean>`e.refs && ${[...question.references]}::text[]`,
  }
}

/**
 * Marks of an entry `e` that the index holds beside its words: its kind, its body and its year. `y` alone: it has none.
 * Must stand as in the index (migration 0100).
 */
const marks = sql`search_marks(e.kind, e.body_id, e.dated_on)`

/** The years that entries are of, from index to index: one of 1862 does not make all since then be looked in. */
const yearsWhere = (condition: RawBuilder<boolean>) => sql`years (year) as (
    select extract(year from max(dated_on))::int from search_entry where ${condition}
    union all
    select (select extract(year from max(dated_on))::int from search_entry
      where ${condition} and dated_on < make_date(years.year, 1, 1))
    from years where years.year is not null
  )`

function bears(marked: readonly RawBuilder<unknown>[]) {
  return marked.length === 0 ? sql<boolean>`true` : sql<boolean>`${marks} @> array[${sql.join(marked)}]::text[]`
}

/**
 * Entries that answer, by their ids: those that the question refers to, those without a day, the latest with
 * its words, and the latest with them in their titles. Year after year is looked in until there are enough, since a usual
 * word of twenty years stands in tens of thousands.
 */
function matching(asked: Asked, visible: RawBuilder<boolean>, narrowed: Narrowed) {
  const { wide, wider, worded, inPhrases, referred } = answers(asked)
  const { kind, body, year } = narrowed
  const narrow = [
    ...(kind === null ? [] : [sql`${kind}::text`]),
    ...(body === null ? [] : [sql`'b' || (select id from body where slug = ${body})`]),
  ]
  const found = (words: RawBuilder<unknown>, marked: typeof narrow, most: number, first = sql`e.dated_on desc`) => sql`
    select e.id from search_entry e
    where ${words} and ${bears(marked)} and ${inPhrases} and ${visible} and not ${referred}
    order by ${first}, e.id desc limit ${most}`
  // Without a day nothing is later than the rest: as many of each kind, or all would be of that which there is most of.
  const ofEachKind = sql`row_number() over (partition by e.kind order by e.id desc)`
  const latest = (words: RawBuilder<unknown>, most: number) =>
    year === null
      ? [
          sql`(${found(words, [sql`'y'`, ...narrow], most, ofEachKind)})`,
          sql`(select hit.* from (select 'y' || year as mark from years where year is not null order by year desc) years
            cross join lateral (${found(words, [sql`years.mark`, ...narrow], most)}) hit limit ${most})`,
        ]
      : [sql`(${found(words, [sql`${`y${year}`}`, ...narrow], most)})`]
  const files = kind === null || kind === 'file' ? [sql`'file'`, ...narrow] : null
  return sql.join(
    [
      sql`(select e.id from search_entry e
        where ${referred} and ${bears([...narrow, ...(year === null ? [] : [sql`${`y${year}`}`])])} and ${visible} limit ${mostHits})`,
      ...(worded ? latest(sql`e.all_words @@ ${wide}`, mostHits + 1) : []),
      ...(worded ? latest(sql`e.title_words @@ ${wide}`, mostInTitles) : []),
      // Words of what only some may read. So many that they are more than are counted if any are left out, with a day or without.
      ...(worded && !asked.publicOnly && files !== null
        ? [
            sql`(${found(sql`e.all_words @@ ${wider}`, [...files, ...(year === null ? [] : [sql`${`y${year}`}`])], 2 * (mostHits + 1))})`,
          ]
        : []),
    ],
    sql` union `,
  )
}

export type Count = {
  kind: SearchKind
  body: string | null
  body_name: string | null
  year: number | null
  count: number
}

/** Whether there are more hits than were counted. */
export function isCut(counts: readonly Count[]): boolean {
  const sum = (some: readonly Count[]) => some.reduce((total, { count }) => total + count, 0)
  return [true, false].some((dated) => sum(counts.filter(({ year }) => (year !== null) === dated)) > mostHits)
}

/** The years that public entries are of. */
export async function yearsOf(trx: Asker): Promise<number[]> {
  const { rows } = await sql<{ year: number }>`
    with recursive ${yearsWhere(sql`search_is_open(gate)`)} select year from years where year is not null`.execute(trx)
  return rows.map(({ year }) => year)
}

export type Hit = {
  kind: SearchKind
  row_id: number
  slug: string
  part: string | null
  title: string
  content: string
  dated_on: string | null
  body_name: string | null
  is_reference: boolean
}

/** How near a kind lies to what people look for, when words say no more. */
const kindWeight = sql<number>`case e.kind
  when 'body' then 0.9 when 'theme' then 0.3 when 'party' then 0.8 when 'matter' then 0.8 when 'plan' then 0.7
  when 'person' then 0.7 when 'page' then 0.6 when 'document' then 0.6 when 'project' then 0.5 when 'decision' then 0.5
  when 'meeting' then 0.4 when 'item' then 0.3
  when 'proposal' then 0.6 when 'catalogue' then 0.5 when 'catalogue_entry' then 0.3 when 'assignment' then 0.2 when 'area' then 0.2 when 'activity' then 0.1 else 0 end`

/** What a hit of a kind that the question names is worth, the next a little less: more than words in a title, less than the title itself. */
const namedKind = sql.lit(4)

/** Of what a reference names, the thing itself goes before what belongs to it. */
const referenceWeight = sql<number>`case e.kind when 'decision' then 0 when 'meeting' then 2 when 'item' then 1 else 3 end`

/** The hits by kind, body and year, of more than there is room for the latest, and the best of them. */
export type Found = { counts: readonly Count[]; hits: readonly Hit[] }

/** Some hits of each kind, or a page of one kind. */
export type Shown = { filter: Narrowed; most: number; offset: number }

/**
 * What answers, counted, and the best of what meets the filter.
 * @param looked what is looked through: where not all hits everywhere are counted, only what meets the filter
 */
export async function find(
  trx: Asker,
  asked: Asked,
  visible: RawBuilder<boolean>,
  { filter, most, offset }: Shown,
  looked: Narrowed = everything,
): Promise<Found> {
  const { wide, exact, named, referred } = answers(asked)
  const { folded, kinds } = asked.question
  const title = asked.terms.map(({ word }) => word).join(' ')
  const score = sql`
    case when ${referred} then 1000 + 10 * ${referenceWeight} else 0 end
    + case when e.title_folded in (${folded}, ${title}) then 12 else 0 end
    + case when e.kind = 'party' and e.refs @> array[${folded}] or e.kind = 'body' and e.refs @> array[${folded}]
        and exists (select from body b where b.id = e.row_id and b.kind not in ('working_group', 'local_group', 'network')) then 20 else 0 end
    + case when starts_with(e.title_folded, ${folded}) then 2 else 0 end
    + case when e.title_words @@ ${exact} then 3 when e.title_words @@ ${wide} then 1.5 else 0 end
    + case when e.title_words @@ ${wide}
        then 3.0 * ${asked.terms.length} / (1 + length(e.title_folded) - length(replace(e.title_folded, ' ', ''))) else 0 end
    + case when e.all_words @@ ${exact} then 1 else 0 end
    + 2 * ts_rank('{0.1,0.2,0.5,1.0}', e.all_words, ${wide}, 1)
    + ${kindWeight}
    + coalesce(greatest(${namedKind} + 1 - array_position(${[...kinds]}::text[], e.kind::text), 0), 0)
    + case when e.kind = 'page' and e.all_words @@ ${named} then 2 else 0 end`
  const { rows } = await sql<Found>`
    with recursive ${yearsWhere(sql`true`)},
    matched (id) as materialized (${matching(asked, visible, looked)}),
    found as materialized (
      select e.id, e.kind, e.body_id, e.dated_on, extract(year from e.dated_on)::int as year, ${referred} as is_reference, ${score} as score
      from matched join search_entry e on e.id = matched.id
    ),
    counts as (
      select found.kind, body.slug as body, body.name as body_name, found.year, count(*)::int as count
      from found left join body on body.id = found.body_id group by 1, 2, 3, 4
    ),
    placed as (
      select id, score, is_reference, row_number() over (partition by kind order by score desc, dated_on desc nulls last, id) as place
      from found where ${meets(filter)}
    ),
    hits as (
      select e.kind, e.row_id, e.slug, e.part, e.title, left(e.content, ${mostRead}) as content, e.dated_on,
        body.name as body_name, placed.is_reference
      from placed join search_entry e on e.id = placed.id left join body on body.id = e.body_id
      where placed.place > ${offset} and placed.place <= ${offset + most}
      order by placed.score desc, e.dated_on desc nulls last, e.id
    )
    select coalesce((select json_agg(counts) from counts), '[]') as counts,
      coalesce((select json_agg(hits) from hits), '[]') as hits`.execute(trx)
  return rows[0] ?? { counts: [], hits: [] }
}

/** Of what was found. */
function meets({ kind, body, year }: Narrowed) {
  return sql.join(
    [
      sql<boolean>`true`,
      ...(kind === null ? [] : [sql<boolean>`kind = ${kind}::search_kind`]),
      ...(body === null ? [] : [sql<boolean>`body_id = (select id from body where slug = ${body})`]),
      ...(year === null ? [] : [sql<boolean>`year = ${year}`]),
    ],
    sql` and `,
  )
}

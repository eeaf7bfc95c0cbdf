import { type Kysely, type RawBuilder, sql } from 'kysely'
import type { Database } from '../db/database.ts'
import type { MeetingState, SearchKind } from '../db/schema.ts'
import { allows, type Identity, keptBy, member } from '../http/permissions.ts'
import { PortalError } from '../kernel/errors.ts'
import { mayReadAttachments } from '../meetings/workbench-rules.ts'
import { distance, isCalendarWord, type Question, slips } from './rules.ts'

// Everything here runs in one read-only transaction with a time limit: see searching().

type Asker = Kysely<Database>

/** The most milliseconds that one statement of a search may take. */
const patience = 3_000
/** The most matches that are counted, and of those the most that are ranked. */
export const mostCounted = 20_000
export const mostRanked = 1_500
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
        await sql`select set_config('statement_timeout', ${String(patience)}, true)`.execute(trx)
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
const wideOf = (term: Term) => {
  const alternatives = new Set([term.stem, ...term.stems].flatMap((stem) => (stem === null ? [] : [quoted(stem)])))
  // A word that nothing public holds may still stand in an attachment that the reader may read.
  if (term.word.length >= 3 && !/^\d+$/.test(term.word)) alternatives.add(`${quoted(term.word)}:*`)
  if (alternatives.size === 0) alternatives.add(quoted(term.word))
  return `(${[...alternatives].join(' | ')})`
}

export type Asked = {
  question: Question
  terms: readonly Term[]
  /** every: each word must be there. some: one of them is enough. */
  need: 'every' | 'some'
}

export type Narrowed = { kind: SearchKind | null; body: string | null; year: number | null }

/** The condition that an entry `e` answers the question, without filters. */
function answers({ question, terms, need }: Asked) {
  // Words that stemming drops stand in no register of stems.
  const telling = terms.filter(({ stem, word }) => stem !== null || /\d/.test(word))
  const joint = need === 'every' ? ' & ' : ' | '
  const wide = telling.map(wideOf).join(joint)
  const exact = telling.map(exactOf).join(joint)
  // Among the words that a thing is found under besides its title.
  const named = telling.map((term) => `${exactOf(term)}:B`).join(joint)
  const inWords = wide === '' ? sql<boolean>`false` : sql<boolean>`e.all_words @@ ${wide}::tsquery`
  const phrases = question.phrases.map((phrase) => sql<boolean>`strpos(e.folded, ${` ${phrase} `}) > 0`)
  const inPhrases = phrases.length === 0 ? sql<boolean>`true` : sql<boolean>`(${sql.join(phrases, sql` and `)})`
  const referred = sql<boolean>`e.refs && ${[...question.references]}::text[]`
  return { wide, exact, named, referred, condition: sql<boolean>`((${inWords} and ${inPhrases}) or ${referred})` }
}

function narrowedTo({ kind, body, year }: Narrowed) {
  return sql.join(
    [
      sql<boolean>`true`,
      ...(kind === null ? [] : [sql<boolean>`e.kind = ${kind}::search_kind`]),
      ...(body === null ? [] : [sql<boolean>`e.body_id = (select id from body where slug = ${body})`]),
      ...(year === null
        ? []
        : [sql<boolean>`e.dated_on >= make_date(${year}, 1, 1) and e.dated_on < make_date(${year + 1}, 1, 1)`]),
    ],
    sql` and `,
  )
}

export type Count = {
  kind: SearchKind
  body: string | null
  body_name: string | null
  year: number | null
  count: number
}

/** How many entries answer, by kind, body and year; at most mostCounted of them are counted. */
export async function countHits(trx: Asker, asked: Asked, visible: RawBuilder<boolean>): Promise<Count[]> {
  const { rows } = await sql<Count>`
    with hits as (
      select e.kind, e.body_id, extract(year from e.dated_on)::int as year from search_entry e
      where ${answers(asked).condition} and ${visible} limit ${mostCounted}
    )
    select hits.kind, body.slug as body, body.name as body_name, hits.year, count(*) as count
    from hits left join body on body.id = hits.body_id group by 1, 2, 3, 4`.execute(trx)
  return rows
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

/**
 * The best hits. Without a kind: some of each kind. With one: a page of it.
 * @param most how many hits of each kind, or on a page
 */
export async function findHits(
  trx: Asker,
  asked: Asked,
  visible: RawBuilder<boolean>,
  filter: Narrowed,
  { most, offset = 0 }: { most: number; offset?: number },
): Promise<Hit[]> {
  const { wide, exact, named, referred, condition } = answers(asked)
  const wideQuery = sql`${wide}::tsquery`
  const exactQuery = sql`${exact}::tsquery`
  const title = asked.terms.map(({ word }) => word).join(' ')
  const { rows } = await sql<Hit>`
    with matched as (
      select e.id, e.dated_on, ${referred} as is_reference, e.title_words @@ ${exactQuery} as in_title,
        e.title_words @@ ${wideQuery} as near_title
      from search_entry e where ${condition} and ${visible} and ${narrowedTo(filter)} limit ${mostCounted}
    ), candidates as (
      select * from matched order by is_reference desc, in_title desc, near_title desc, dated_on desc nulls first, id
      limit ${mostRanked}
    ), ranked as (
      select e.id, c.is_reference,
        case when c.is_reference then 1000 + 10 * ${referenceWeight} else 0 end
        + case when e.title_folded in (${asked.question.folded}, ${title}) then 12 else 0 end
        + case when e.kind = 'party' and e.refs @> array[${asked.question.folded}] or e.kind = 'body' and e.refs @> array[${asked.question.folded}]
            and exists (select from body b where b.id = e.row_id and b.kind not in ('working_group', 'local_group', 'network')) then 20 else 0 end
        + case when starts_with(e.title_folded, ${asked.question.folded}) then 2 else 0 end
        + case when c.in_title then 3 when c.near_title then 1.5 else 0 end
        + case when c.near_title then 3.0 * ${asked.terms.length} / (1 + length(e.title_folded) - length(replace(e.title_folded, ' ', ''))) else 0 end
        + case when e.all_words @@ ${exactQuery} then 1 else 0 end
        + 2 * ts_rank('{0.1,0.2,0.5,1.0}', e.all_words, ${wideQuery}, 1)
        + ${kindWeight}
        + coalesce(greatest(${namedKind} + 1 - array_position(${[...asked.question.kinds]}::text[], e.kind::text), 0), 0)
        + case when e.kind = 'page' and e.all_words @@ ${named}::tsquery then 2 else 0 end as score
      from candidates c join search_entry e on e.id = c.id
    ), placed as (
      select ranked.*, row_number() over (partition by e.kind order by score desc, e.dated_on desc nulls last, e.id) as place
      from ranked join search_entry e on e.id = ranked.id
    )
    select e.kind, e.row_id, e.slug, e.part, e.title, left(e.content, 100000) as content, e.dated_on,
      body.name as body_name, placed.is_reference
    from placed join search_entry e on e.id = placed.id left join body on body.id = e.body_id
    where placed.place > ${offset} and placed.place <= ${offset + most}
    order by placed.score desc, e.dated_on desc nulls last, e.id`.execute(trx)
  return rows
}

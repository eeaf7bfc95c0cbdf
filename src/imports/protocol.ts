/** Reads an old protocol into a proposal. Pure: what it cannot read for certain stays as text, with a warning. */
import { dayOf } from './days.ts'
import { type Dropped, joined, type KnownLink, type Line, linesOf, type SourceText } from './lines.ts'
import {
  type Attendee,
  type Effect,
  foldGroup,
  looksLikeOrganisation,
  nameWords,
  type Presenter,
  readAttendee,
  readEffect,
  readPerson,
  readPresenter,
  sentencesOf,
  softPosition,
} from './phrases.ts'

export type Decision = { id: string; raw: string; decidedBy?: string | null; confidence?: 'low' } & (
  | { kind: 'note' | 'position' }
  | { kind: 'minutes_filed'; additions: string }
  | Effect
)

export type ProposedPart = {
  title: string
  presenters: Presenter[]
  attachments: { label: string; url: string | null }[]
  links: { anchor: string; url: string }[]
  body: string[]
  decisions: Decision[]
}
export type SubItem = ProposedPart & { index: number; ref: string; owningBody: string | null; page: number }
export type Item = ProposedPart & {
  no: number
  type: 'information' | 'decision' | 'discussion'
  page: number
  continuesOnPages?: number[]
  subItems: SubItem[]
}

export type Warning = {
  code: string
  level: 'info' | 'warn'
  item?: number
  ref?: string
  page?: number
  values?: string[]
}

/** Where a proposed fact stands in the source, and how sure its reading is. */
export type Source = { page: number; line: number; text: string; confidence: 'high' | 'low' }

export type Proposal = {
  body: string | null
  date: string | null
  pages: number
  /** 'text': not in the form of a protocol; then `sections` hold its words and nothing else is proposed. */
  layout: 'protocol' | 'text'
  items: Item[]
  attendance: { members: Attendee[]; others: { name: string; organisation: string | null }[] }
  sections: { title: string | null; page: number; body: string[] }[]
  /** What stands outside the proposal: page numbers, lines that no rule reads, link targets without their words. */
  leftovers: { page: number; line: number; text: string; reason: string }[]
  warnings: Warning[]
  sources: Record<string, Source>
}

/** Names of organisations in the registers, in lower case, and names of its groups as they are written there. */
export type Known = { organisations: ReadonlySet<string>; groups: readonly string[] }
export const nothingKnown: Known = { organisations: new Set(), groups: [] }

type Block = { lines: Line[]; afterGap: boolean }
type RawItem = { no: number; title: string; line: Line; blocks: Block[]; gapAfterHeading: boolean }

const membersHeading = /^(?:Närvarande(?:\s+\p{L}+)?|Närvarande\s+ledamöter|Närvaro(?:lista)?|Deltagare)\s*:?$/iu
const othersHeading = /^Övriga(?:\s+(?:deltagare|närvarande))?\s*:?$/iu
/** Who was not there stands in no list of the form, and is never read as someone who was. */
const absentHeading = /^(?:Frånvarande|Ej\s+närvarande|(?:Anmält\s+|Anmälda\s+)?Förhinder)(?:\s+\p{L}+)?\s*:?$/iu
const numbered = /^(?:§\s*)?(\d{1,2})[.)]\s*(?=\D)(\S.*)$|^§\s*(\d{1,2})\s+(\S.*)$/u
const slides = /^Bildspel(?:\s+\d{1,2})?[.:]?$/iu
const statusLine = /^(?:Pågående arbete|Arbete pågår|Arbetet pågår)\s+(?:inom|i)\s+(.+?)\.?$/iu
const decisionNote = /^Beslut\s*:\s*(.*)$/iu
const clause = /^(?<body>.+?)\s+(?<verb>beslutar|beslutade)\s*:?\s*att\s+(?<what>.+?)\.?$/u
const workshop =
  /workshop|verkstad|\bmenti(?:meter)?\b|\bpadlet\b|små\s*grupper|gruppdialog|gruppdiskussion|gruppsamtal|bikup|fördjupad dialog|egen reflektion/iu

/** Reads the text of an old protocol. */
export function readProtocol(source: SourceText, known: Known = nothingKnown): Proposal {
  const { lines, pages, dropped } = linesOf(source)
  const width = Math.max(60, ...lines.filter(({ kind }) => kind === 'text').map(({ text }) => text.length))
  const proposal: Proposal = {
    body: null,
    date: null,
    pages,
    layout: 'protocol',
    items: [],
    attendance: { members: [], others: [] },
    sections: [],
    leftovers: dropped.map((one: Dropped) => ({ ...one })),
    warnings: [],
    sources: {},
  }
  const texts = lines.filter(({ kind }) => kind === 'text')
  const title = readTitle(texts.slice(0, 8))
  const headings = findHeadings(lines, title?.last ?? null, source.paragraphs)
  if (title === null && !(headings.size >= 2 && texts.some(({ text }) => membersHeading.test(text)))) {
    return asText(proposal, lines)
  }
  if (title !== null) {
    proposal.body = title.body
    proposal.date = title.date
    note(proposal, 'body', title.last, title.text)
    note(proposal, 'date', title.last, title.text)
  } else proposal.warnings.push({ code: 'no_title', level: 'warn' })

  const raw: RawItem[] = []
  const attendance: Line[] = []
  let inAttendance = false
  let block: Block | null = null
  let expected = 1
  let gapBefore = false
  const titleLines = new Set(title?.lines ?? [])
  for (const [at, line] of lines.entries()) {
    if (line.kind === 'url') continue
    if (titleLines.has(line)) continue
    if (line.kind === 'gap') {
      gapBefore = true
      if (inAttendance) attendance.push(line)
      continue
    }
    const heading = headings.get(line)
    if (heading) {
      inAttendance = false
      if (heading.no !== expected) {
        proposal.warnings.push({ code: 'number_gap', level: 'warn', item: heading.no, values: [`${expected}`] })
      }
      expected = heading.no + 1
      raw.push({
        no: heading.no,
        title: heading.title,
        line,
        blocks: [],
        gapAfterHeading: lines[at + 1]?.kind === 'gap',
      })
      block = null
      gapBefore = false
      continue
    }
    if (heading === null) {
      // The number of a heading alone on its line: the next line is its title.
      continue
    }
    if (
      membersHeading.test(line.text) ||
      (inAttendance && othersHeading.test(line.text)) ||
      twoHeadings.test(line.raw)
    ) {
      inAttendance = true
      attendance.push(line)
      gapBefore = false
      continue
    }
    if (inAttendance) {
      attendance.push(line)
      gapBefore = false
      continue
    }
    const item = raw.at(-1)
    if (item === undefined) {
      proposal.leftovers.push({ page: line.page, line: line.number, text: line.text, reason: 'before_first_item' })
      continue
    }
    const open: Block | undefined = block ?? undefined
    const last = open?.lines.at(-1)
    const continues =
      line.opensPage &&
      last !== undefined &&
      (!gapBefore || !/[.!?:]["”)]?$/.test(last.text) || /^\p{Ll}/u.test(line.text)) &&
      !opensSubItem(lines.slice(at), width, last, gapBefore)
    if (open === undefined || (gapBefore && !continues) || (line.opensPage && !continues)) {
      block = { lines: [line], afterGap: gapBefore || line.opensPage || open !== undefined }
      item.blocks.push(block)
    } else open.lines.push(line)
    gapBefore = false
  }

  for (const item of raw) proposal.items.push(buildItem(proposal, item, width, source.paragraphs, known))
  readAttendance(proposal, attendance, known)
  linkPages(proposal, raw, lines, source.links)
  warnAfterwards(proposal, known)
  if (attendance.length === 0) proposal.warnings.push({ code: 'missing_attendance', level: 'warn' })
  return proposal
}

const twoHeadings = /^\s*Närvarande[^:]*:?\s{3,}Övriga\b[^:]*:?$/iu

function note(
  proposal: Proposal,
  path: string,
  line: Line,
  text: string,
  confidence: Source['confidence'] = 'high',
): void {
  proposal.sources[path] = { page: line.page, line: line.number, text, confidence }
}

/** The title may be cut over two lines, or have its date in words. */
function readTitle(texts: readonly Line[]) {
  for (const [at, line] of texts.entries()) {
    for (const count of [1, 2, 3]) {
      const lines = texts.slice(at, at + count)
      const text = joined(lines.map((one) => one.text))
      const found =
        /^(?:Mötes)?protokoll(?:\s+(?:från|för|fört vid))?[:,]?\s+(?<body>\p{L}.+?),?\s+(?:den\s+)?(?<date>\d{4}-\d{2}-\d{2}|\d{1,2}\s+\p{L}+\s+\d{4})$/iu.exec(
          text,
        )?.groups
      const date = found ? dayOf(found.date ?? '') : null
      if (found && date !== null && (found.body ?? '').length < 90) {
        return { body: found.body ?? '', date, text, lines, last: lines.at(-1) ?? line }
      }
    }
  }
  return null
}

/** Headings by their line. Null marks a number that stands alone above its title. */
function findHeadings(lines: readonly Line[], title: Line | null, paragraphs: boolean) {
  type Candidate = { at: number; line: Line; no: number; title: string; numberLine: Line | null }
  const candidates: Candidate[] = []
  const hasGaps = lines.some(({ kind }) => kind === 'gap')
  for (const [at, line] of lines.entries()) {
    if (line.kind !== 'text' || line === title) continue
    const before = lines[at - 1]
    const starts =
      !hasGaps ||
      paragraphs ||
      line.opensPage ||
      line.level > 0 ||
      before === undefined ||
      before.kind !== 'text' ||
      before === title
    if (!starts) continue
    const alone = /^(?:§\s*)?(\d{1,2})\.?$/.exec(line.text)
    const next = lines.slice(at + 1).find(({ kind }) => kind !== 'gap')
    if (alone && next?.kind === 'text' && isTitle(next.text)) {
      candidates.push({ at, line: next, no: Number(alone[1]), title: next.text, numberLine: line })
      continue
    }
    const found = numbered.exec(line.text)
    const text = found?.[2] ?? found?.[4]
    if (found && text !== undefined && isTitle(text)) {
      candidates.push({ at, line, no: Number(found[1] ?? found[3]), title: text, numberLine: null })
    }
  }
  const headings = new Map<Line, { no: number; title: string } | null>()
  let expected = 1
  for (const [at, one] of candidates.entries()) {
    const missing = one.no > expected && one.no <= expected + 2
    const laterExpected = candidates.slice(at + 1).some(({ no }) => no === expected)
    if (one.no !== expected && !(missing && !laterExpected)) continue
    headings.set(one.line, { no: one.no, title: one.title })
    if (one.numberLine) headings.set(one.numberLine, null)
    expected = one.no + 1
  }
  // A Word file may number its headings by style: then the numbers are not in the text.
  if (headings.size === 0) {
    const styled = lines.filter(
      ({ kind, level, text }) =>
        kind === 'text' && level > 0 && !membersHeading.test(text) && !othersHeading.test(text),
    )
    const top = Math.min(
      ...styled.filter((line) => line !== title && !/^Protokoll\b/i.test(line.text)).map(({ level }) => level),
    )
    const chosen = styled.filter((line) => line.level === top && line !== title && !/^Protokoll\b/i.test(line.text))
    for (const [at, line] of chosen.entries()) headings.set(line, { no: at + 1, title: line.text })
  }
  return headings
}

const isTitle = (text: string) =>
  text.length <= 110 &&
  /^["”'(]?[\p{Lu}\d]/u.test(text) &&
  !/[;,]$/.test(text) &&
  (!/\.$/.test(text) || /\b\p{L}{1,3}\.$/u.test(text))

/** Does an unnumbered sub-heading stand first of the lines: short, no stop, with longer text under it without a gap? */
function opensSubItem(rest: readonly Line[], width: number, previous: Line | null, afterGap: boolean): boolean {
  const [first, ...after] = rest
  if (first === undefined || first.kind !== 'text') return false
  if (!looksLikeSubTitle(first.text)) return false
  const end = after.findIndex(({ kind, opensPage }) => kind !== 'text' || opensPage)
  const under = end === -1 ? after : after.slice(0, end)
  const next = under[0]
  if (next === undefined) return false
  if (strongUnder(under)) return true
  if (previous !== null && !afterGap && !/[.!?]["”)]?$/.test(previous.text)) return false
  return breaksEarly(first.text, next.text, width) && under.some(({ text }) => text.length > first.text.length)
}

/**
 * How many lines of a block are a title over a status line or a formal clause: one, or two when it is cut at the line
 * end. Such a title may be longer than one over running text. 0: none.
 */
function titleOverStrong(lines: readonly Line[]): number {
  const first = lines[0]
  if (first === undefined) return 0
  // A title of two lines: the second is no clause's beginning, however it looks with the line under it.
  for (const count of [1, 2]) {
    const title = joined(lines.slice(0, count).map(({ text }) => text))
    const under = lines.slice(count)
    const strong = under[0] !== undefined && (statusLine.test(under[0].text) || clauseBegins.test(under[0].text))
    if (strong && looksLikeSubTitle(title, 150) && !goesOnBelow.test(title)) return count
  }
  return looksLikeSubTitle(first.text) && strongUnder(lines.slice(1)) ? 1 : 0
}

const clauseBegins = /^\p{Lu}\p{L}*(?: \p{Ll}+){0,3} (?:beslutar\b|beslutade att\b)/u
/** A line of running text that a clause goes on from ("… och som / Länsgemensam ledning beslutar"): no title. */
const goesOnBelow =
  /\s(?:och|att|som|men|samt|eller|när|då|vilket|därför|är|var|blir|blev|har|hade|ska|i|på|om|med|av|till|från|för)$/u

const looksLikeSubTitle = (text: string, longest = 75) =>
  text.length < longest &&
  !/[.,:;]$/.test(text) &&
  /^["”(]?[\p{Lu}\d]/u.test(text) &&
  !slides.test(text) &&
  !decisionNote.test(text) &&
  !/^[•–-]\s/.test(text) &&
  !statusLine.test(text)

const strongUnder = (under: readonly Line[]) =>
  under[0] !== undefined &&
  (statusLine.test(under[0].text) ||
    /^(?:\p{L}+ ){1,4}beslutar\b/u.test(joined(under.slice(0, 2).map(({ text }) => text))))

/** The line ends although the next word had room: it was ended on purpose. */
const breaksEarly = (text: string, next: string, width: number) =>
  /^["”(]?[\p{Lu}\d]/u.test(next) && text.length + 1 + (next.split(' ')[0]?.length ?? 0) <= width * 0.92

function newPart(title: string): ProposedPart {
  return { title, presenters: [], attachments: [], links: [], body: [], decisions: [] }
}

function buildItem(proposal: Proposal, raw: RawItem, width: number, paragraphs: boolean, known: Known): Item {
  const place = proposal.items.length
  const path = `items.${place}`
  const item: Item = { ...newPart(raw.title), no: raw.no, type: 'information', page: raw.line.page, subItems: [] }
  note(proposal, `${path}.title`, raw.line, raw.line.text)
  const later = [...new Set(raw.blocks.flatMap(({ lines }) => lines.map(({ page }) => page)))].filter(
    (page) => page > item.page,
  )
  if (later.length > 0) item.continuesOnPages = later

  // Word files without empty paragraphs have one block: each paragraph is looked at by itself.
  const blocks = paragraphs ? splitParagraphBlocks(raw.blocks) : raw.blocks
  const rest = takePreamble(proposal, item, path, blocks, known)
  let part: Item | SubItem = item
  let partPath = path
  let made = 0
  for (const [at, block] of rest.entries()) {
    const [first, ...under] = block.lines
    if (first === undefined) continue
    const nextBlock = rest[at + 1]
    const soleTitle =
      under.length === 0 && looksLikeSubTitle(first.text) && nextBlock !== undefined && strongUnder(nextBlock.lines)
    const styled = first.level > 0
    // Sub-items begin right after the heading, with a gap between. In running text only a strong sign begins one.
    const mayBegin =
      made > 0 ||
      (at === 0 &&
        item.presenters.length === 0 &&
        item.attachments.length === 0 &&
        (raw.gapAfterHeading || first.opensPage || paragraphs))
    const titled = titleOverStrong(block.lines)
    const strong = titled > 0
    const longer = under.some(({ text }) => text.length > first.text.length)
    const early = under[0] !== undefined && (paragraphs || breaksEarly(first.text, under[0].text, width))
    const presenter = readPresenter(first.text, known.organisations) !== null
    const opens =
      !presenter && (styled || soleTitle || strong || (mayBegin && looksLikeSubTitle(first.text) && longer && early))
    let body = block.lines
    if (opens) {
      made += 1
      const letter = made <= 26 ? String.fromCharCode(96 + made) : `-${made}`
      const titleLines = block.lines.slice(0, Math.max(1, titled))
      const title = joined(titleLines.map(({ text }) => text))
      const sub: SubItem = {
        ...newPart(title),
        index: made,
        ref: `${item.no}${letter}`,
        owningBody: null,
        page: first.page,
      }
      item.subItems.push(sub)
      part = sub
      partPath = `${path}.subItems.${made - 1}`
      note(proposal, `${partPath}.title`, first, title, styled || strong || longer ? 'high' : 'low')
      body = block.lines.slice(titleLines.length)
    }
    const status = body[0] === undefined ? null : statusLine.exec(statusText(body))
    if (status && 'owningBody' in part && part.owningBody === null && part.body.length === 0 && body[0]) {
      const taken = statusText(body) === body[0].text ? 1 : 2
      part.owningBody = foldGroup(status[1] ?? '')
      note(proposal, `${partPath}.owningBody`, body[0], statusText(body))
      body = body.slice(taken)
    }
    readBlock(proposal, part, partPath, body, paragraphs)
  }
  classify(proposal, item)
  return item
}

/** A status line that goes on over the line end: its first line ends inside the group's name. */
function statusText(body: readonly Line[]): string {
  const [first, second] = body
  if (first === undefined) return ''
  if (second && !second.opensPage && /\b(?:samordnan?de|grupp|samverkansområdesgrupp|och|för|inom|i)$/.test(first.text))
    return joined([first.text, second.text])
  return first.text
}

function splitParagraphBlocks(blocks: readonly Block[]): Block[] {
  return blocks.flatMap((block) => {
    const parts: Block[] = []
    for (const [at, line] of block.lines.entries()) {
      const next = block.lines[at + 1]
      const title =
        line.level > 0 ||
        (looksLikeSubTitle(line.text) &&
          next !== undefined &&
          (strongUnder([next]) || next.text.length > line.text.length + 20) &&
          readPresenter(line.text) === null)
      if (at === 0 || title) parts.push({ lines: [line], afterGap: block.afterGap || at > 0 })
      else parts.at(-1)?.lines.push(line)
    }
    return parts
  })
}

/** Takes slides and presenters from the item's first blocks. */
function takePreamble(proposal: Proposal, item: Item, path: string, blocks: readonly Block[], known: Known): Block[] {
  const rest = blocks.map((block) => ({ ...block, lines: [...block.lines] }))
  for (let looked = 0; looked < 3 && rest.length > 0; looked += 1) {
    const block = rest[0]
    if (block === undefined) break
    let took = false
    while (block.lines.length > 0) {
      const line = block.lines[0] as Line
      const next = block.lines[1]
      if (slides.test(line.text)) {
        item.attachments.push({ label: line.text, url: null })
        note(proposal, `${path}.attachments.${item.attachments.length - 1}`, line, line.text)
        block.lines.shift()
        took = true
        continue
      }
      const label = /^(?:Föredragande|Föredragare|Föredrar|Presentatör(?:er)?)\s*:\s*/iu.exec(line.text)?.[0] ?? ''
      const text = line.text.slice(label.length)
      const goesOn = next !== undefined && /^\p{Ll}/u.test(next.text)
      const one = goesOn ? null : readPresenter(text, known.organisations)
      const wrapped =
        one === null && next !== undefined && nameWords(readPerson(text).name) >= 2 && text.length > 45
          ? readPresenter(joined([text, next.text]), known.organisations)
          : null
      const presenter = one ?? wrapped
      if (presenter === null) break
      if (label !== '')
        proposal.leftovers.push({ page: line.page, line: line.number, text: label.trim(), reason: 'label' })
      item.presenters.push(presenter)
      note(
        proposal,
        `${path}.presenters.${item.presenters.length - 1}`,
        line,
        one ? text : joined([text, next?.text ?? '']),
        one ? 'high' : 'low',
      )
      block.lines.splice(0, one ? 1 : 2)
      took = true
    }
    if (block.lines.length > 0) break
    rest.shift()
    if (!took) break
  }
  return rest
}

function readBlock(
  proposal: Proposal,
  part: Item | SubItem,
  path: string,
  lines: readonly Line[],
  paragraphs: boolean,
): void {
  const ref = 'ref' in part ? part.ref : String(part.no)
  for (const paragraph of paragraphsOf(lines, paragraphs)) {
    const first = paragraph[0]
    if (first === undefined) continue
    const text = joined(paragraph.map((line) => line.text))
    const found = decisionNote.exec(text)
    const decided = found ? (found[1] ?? '').trim() : ''
    if (decided !== '' && !clause.test(sentencesOf(decided)[0] ?? '')) {
      addNote(proposal, part, path, ref, first, decided)
      continue
    }
    const kept: string[] = []
    for (const sentence of sentencesOf(decided === '' ? text : decided)) {
      const formal = clause.exec(sentence)?.groups
      if (formal && isOwnBody(formal.body ?? '', proposal.body, formal.verb === 'beslutade')) {
        const what = (formal.what ?? '').trim()
        const effect = readEffect(what)
        const id = `${ref}-${part.decisions.length + 1}`
        const decidedBy = formal.body ?? null
        part.decisions.push({ id, kind: 'note', decidedBy, ...effect, raw: sentence } as Decision)
        note(proposal, `${path}.decisions.${part.decisions.length - 1}`, first, sentence, effect ? 'high' : 'low')
        if (effect === null)
          proposal.warnings.push({ code: 'unknown_decision_verb', level: 'warn', ref, values: [what] })
        continue
      }
      if (formal || /\bbeslutar\s+(?:inte\s+)?att\b/u.test(sentence)) {
        proposal.warnings.push({ code: 'decision_by_other_body', level: 'warn', ref, values: [sentence] })
      } else if (softPosition.test(sentence)) {
        // Whether anything was decided is for a human to say: the words stay in the body too.
        const own = /fastsl/iu.test(sentence)
        part.decisions.push({
          id: `${ref}-${part.decisions.length + 1}`,
          kind: 'position',
          decidedBy: own ? proposal.body : null,
          confidence: 'low',
          raw: sentence,
        })
        note(proposal, `${path}.decisions.${part.decisions.length - 1}`, first, sentence, 'low')
        proposal.warnings.push({ code: 'soft_position', level: 'warn', ref, values: [sentence] })
      }
      kept.push(sentence)
    }
    if (kept.length > 0) {
      part.body.push(joined(kept))
      note(proposal, `${path}.body.${part.body.length - 1}`, first, text)
    }
  }
}

/** "Beslut:" begins a paragraph of its own, and so does a bullet; in Word each line is one. */
function paragraphsOf(lines: readonly Line[], paragraphs: boolean): Line[][] {
  const parts: Line[][] = []
  const split = lines.flatMap((line) => {
    const at = line.text.search(/(?<=[.!?]\s)Beslut\s*:/u)
    return at <= 0
      ? [line]
      : [
          { ...line, text: line.text.slice(0, at).trim() },
          { ...line, text: line.text.slice(at) },
        ]
  })
  for (const line of split) {
    const begins = paragraphs || decisionNote.test(line.text) || /^[•▪◦·o–-]\s+\S/u.test(line.text)
    const previous = parts.at(-1)
    const hanging = previous?.length === 1 && /^Beslut\s*:?$/iu.test(previous[0]?.text ?? '')
    if (previous === undefined || (begins && !hanging)) {
      parts.push([/^Beslut$/iu.test(line.text) && lines.length > 1 ? { ...line, text: 'Beslut:' } : line])
    } else previous.push(line)
  }
  return parts
}

function isOwnBody(text: string, body: string | null, past: boolean): boolean {
  const own = body?.toLowerCase() ?? null
  const said = text.toLowerCase()
  if (own !== null && (said === own || said === `${own} (lgl)`)) return true
  return !past && ['lgl', 'länsgemensam ledning', 'ledningen', 'mötet'].includes(said)
}

/** "… läggs till handlingarna med följande tillägg: …" */
const withAdditions =
  /(?:^|\s)(?:med|efter)\s+(?:\p{L}+\s+){0,3}\p{L}*(?:tillägg|rättelse|ändring|justering|komplettering)/iu

function addNote(proposal: Proposal, part: Item | SubItem, path: string, ref: string, line: Line, raw: string): void {
  const id = `${ref}-${part.decisions.length + 1}`
  const filed = /till\s+handlingarna/iu.test(raw) && /protokoll|minnesanteckning/iu.test(`${raw} ${part.title}`)
  if (filed) {
    const others = sentencesOf(raw).filter(
      (sentence) => !/till\s+handlingarna/iu.test(sentence) || withAdditions.test(sentence),
    )
    const said = others.filter(
      (sentence) =>
        !/^(?:Inga?|Inget|Ingen)\b/iu.test(sentence) && !/^Protokollet\s+(?:godkän\p{L}+|godtas)\.?$/iu.test(sentence),
    )
    part.decisions.push({ id, kind: 'minutes_filed', additions: said.length === 0 ? 'none' : joined(said), raw })
  } else part.decisions.push({ id, kind: 'note', raw })
  note(proposal, `${path}.decisions.${part.decisions.length - 1}`, line, `Beslut: ${raw}`)
}

function classify(proposal: Proposal, item: Item): void {
  const formal = [item, ...item.subItems].some(({ decisions }) => decisions.some(({ kind }) => kind !== 'position'))
  if (formal) item.type = 'decision'
  else if (
    item.subItems.length === 0 &&
    (/workshop|verkstad|dialog|diskussion/iu.test(item.title) || item.body.some((text) => workshop.test(text)))
  ) {
    item.type = 'discussion'
    if (!/workshop|verkstad|dialog|diskussion/iu.test(item.title)) {
      proposal.warnings.push({ code: 'type_unsure', level: 'info', item: item.no })
    }
  }
  const titles = item.subItems.map(({ title }) => title)
  if (new Set(titles).size < titles.length) {
    proposal.warnings.push({ code: 'duplicate_sub_title', item: item.no, level: 'info' })
  }
}

function readAttendance(proposal: Proposal, lines: readonly Line[], known: Known): void {
  const { members, others } = proposal.attendance
  // Two columns that an extractor has put side by side are read one after the other.
  const columns: { line: Line; text: string }[][] = [[], []]
  let sideBySide = false
  for (const line of lines) {
    if (line.kind !== 'text') continue
    const cells = line.raw.trim().split(/\s{3,}|\t/)
    const right = sideBySide && cells.length === 1 && /^\s{20,}\S/.test(line.raw)
    const [left = '', second] = cells.map((cell) => cell.replace(/\s+/g, ' '))
    const begins = sideBySide || left.includes(',') || membersHeading.test(left)
    if (cells.length === 2 && second !== undefined && begins) {
      sideBySide = true
      columns[0]?.push({ line, text: left })
      columns[1]?.push({ line, text: second })
    } else columns[right ? 1 : 0]?.push({ line, text: line.text })
  }
  let list: 'members' | 'others' | 'absent' = 'members'
  let waiting: { line: Line; text: string } | null = null
  const leave = (entry: { line: Line; text: string }) => {
    proposal.leftovers.push({ page: entry.line.page, line: entry.line.number, text: entry.text, reason: 'unread_line' })
    proposal.warnings.push({ code: 'unread_line', level: 'warn', page: entry.line.page, values: [entry.text] })
  }
  const add = (entry: { line: Line; text: string }) => {
    const one = list === 'absent' ? null : readAttendee(entry.text, known.organisations)
    if (one === null) return leave(entry)
    if (list === 'members') {
      members.push(one)
      note(
        proposal,
        `attendance.members.${members.length - 1}`,
        entry.line,
        entry.text,
        one.organisation || one.role ? 'high' : 'low',
      )
    } else {
      const { role, ...other } = one
      others.push(role === null ? other : ({ ...other, role } as typeof other))
      note(
        proposal,
        `attendance.others.${others.length - 1}`,
        entry.line,
        entry.text,
        one.organisation || role ? 'high' : 'low',
      )
    }
    if (one.organisation === null && one.role === null) {
      proposal.warnings.push({ code: 'no_organisation', level: 'warn', values: [one.name] })
    }
  }
  const flush = () => {
    if (waiting !== null) add(waiting)
    waiting = null
  }
  for (const entry of columns.flat()) {
    const { text } = entry
    if (membersHeading.test(text) || othersHeading.test(text)) {
      flush()
      list = othersHeading.test(text) ? 'others' : 'members'
      continue
    }
    if (absentHeading.test(text)) {
      flush()
      list = 'absent'
      leave(entry)
      continue
    }
    if (waiting !== null) {
      const so: { line: Line; text: string } = waiting
      const whole = joined([so.text, text])
      const goesOn =
        so.text.endsWith(',') ||
        /[/&-]$/.test(so.text) ||
        (!so.text.includes(',') &&
          (looksLikeOrganisation(text, known.organisations) || nameWords(readPerson(text).name) === 1)) ||
        /^(?:kommun|län|förbund\p{L}*)$/u.test(text)
      if (goesOn) {
        const bare = !so.text.includes(',') && looksLikeOrganisation(text, known.organisations)
        waiting = { line: so.line, text: bare ? `${so.text}, ${text}` : whole }
        continue
      }
      flush()
    }
    waiting = entry
  }
  flush()
}

type Anchor = {
  path: string
  part: Item | SubItem
  page: number
  order: number
  label: string
  slides: number | null
  sure: boolean
}

/** Gives each link target its words: as the file says, else in order when a page has as many anchors as targets. */
function linkPages(
  proposal: Proposal,
  raw: readonly RawItem[],
  lines: readonly Line[],
  links: readonly KnownLink[] | null,
): void {
  const anchors = findAnchors(proposal, raw)
  const targets = Map.groupBy(
    links === null
      ? lines
          .filter(({ kind }) => kind === 'url')
          .map(({ page, text }) => ({ page, url: text, anchor: null as string | null }))
      : links.map((link) => ({ ...link, anchor: link.anchor as string | null })),
    ({ page }) => page,
  )
  for (const [page, urls] of targets) {
    const here = anchors.filter((anchor) => anchor.page === page)
    if (links !== null) {
      const left: string[] = []
      for (const { anchor, url } of urls) {
        if (!placeKnown(proposal, here, page, anchor ?? '', url)) left.push(url)
      }
      unmatched(proposal, page, left)
      continue
    }
    const sure = here.filter((anchor) => anchor.sure)
    const chosen = sure.length === urls.length ? sure : here.length === urls.length ? here : null
    if (chosen === null) {
      unmatched(
        proposal,
        page,
        urls.map(({ url }) => url),
      )
      continue
    }
    for (const [at, anchor] of chosen.entries()) give(proposal, anchor, urls[at]?.url ?? '', chosen === sure)
  }
}

function unmatched(proposal: Proposal, page: number, values: string[]): void {
  if (values.length === 0) return
  proposal.warnings.push({ code: 'unmatched_urls', level: 'warn', page, values })
  for (const text of values) proposal.leftovers.push({ page, line: 0, text, reason: 'unmatched_url' })
}

function give(proposal: Proposal, { part, path, slides: at, label }: Anchor, url: string, sure: boolean): void {
  if (at !== null) {
    const attachment = part.attachments[at]
    if (attachment) attachment.url = url
    return
  }
  part.links.push({ anchor: label, url })
  const body = proposal.sources[`${path}.body.0`] ?? proposal.sources[`${path}.title`]
  if (body)
    proposal.sources[`${path}.links.${part.links.length - 1}`] = {
      ...body,
      text: label,
      confidence: sure ? 'high' : 'low',
    }
}

function placeKnown(proposal: Proposal, anchors: Anchor[], page: number, words: string, url: string): boolean {
  const plain = words
    .replace(/\s+/g, ' ')
    .replace(/[.,;:]$/, '')
    .trim()
  if (plain === '') return false
  if (slides.test(plain)) {
    const next = anchors.find(({ slides: at, part }) => at !== null && part.attachments[at]?.url === null)
    if (next === undefined) return false
    give(proposal, next, url, true)
    return true
  }
  for (const [at, item] of proposal.items.entries()) {
    if (item.page > page || (item.page !== page && !item.continuesOnPages?.includes(page))) continue
    const parts: [Item | SubItem, string][] = [
      [item, `items.${at}`],
      ...item.subItems.map((sub, place): [SubItem, string] => [sub, `items.${at}.subItems.${place}`]),
    ]
    for (const [part, path] of parts) {
      if (
        !part.body.some((text) => text.includes(plain)) ||
        part.links.some((link) => link.url === url && link.anchor === plain)
      )
        continue
      part.links.push({ anchor: plain, url })
      const body = proposal.sources[`${path}.body.0`]
      if (body) proposal.sources[`${path}.links.${part.links.length - 1}`] = { ...body, text: plain }
      return true
    }
  }
  return false
}

function findAnchors(proposal: Proposal, raw: readonly RawItem[]): Anchor[] {
  const anchors: Anchor[] = []
  const body = proposal.body ?? 'Länsgemensam ledning'
  const site = new RegExp(
    `(?:${body.replace(/[^\p{L}\d ]/gu, '.')}s?|LGL:?s?)\\s+(?:egen\\s+|gemensamma\\s+)?(?:hem|webb)?(?:sida|plats)(?:n|en)?`,
    'iu',
  )
  for (const [at, item] of proposal.items.entries()) {
    const source = raw[at]
    if (source === undefined) continue
    for (const [place, { label }] of item.attachments.entries()) {
      const from = proposal.sources[`items.${at}.attachments.${place}`]
      if (from)
        anchors.push({
          path: `items.${at}`,
          part: item,
          page: from.page,
          order: from.line,
          label,
          slides: place,
          sure: true,
        })
    }
    for (const line of source.blocks.flatMap(({ lines }) => lines)) {
      for (const match of line.text.matchAll(new RegExp(`${site.source}|(?<![\\p{L}])här(?![\\p{L}-])`, 'giu'))) {
        const word = match[0]
        const after = line.text.slice(match.index + word.length)
        const own = word.toLowerCase() !== 'här'
        const [part, path] = partOf(proposal, item, at, line)
        anchors.push({
          path,
          part,
          page: line.page,
          order: line.number + match.index / 1000,
          label: word,
          slides: null,
          sure: own || /^\s*(?:[.,;:!)]|$)/.test(after),
        })
      }
    }
  }
  return anchors.sort((a, b) => a.order - b.order)
}

/** The sub-item that a line stands in, else the item. */
function partOf(proposal: Proposal, item: Item, at: number, line: Line): [Item | SubItem, string] {
  const place = item.subItems.findLastIndex(
    (_sub, index) => (proposal.sources[`items.${at}.subItems.${index}.title`]?.line ?? Infinity) <= line.number,
  )
  const sub = item.subItems[place]
  return sub ? [sub, `items.${at}.subItems.${place}`] : [item, `items.${at}`]
}

function warnAfterwards(proposal: Proposal, known: Known): void {
  const { members, others } = proposal.attendance
  const presenters = proposal.items.flatMap((item) => item.presenters)
  const names = [...members, ...others, ...presenters].flatMap(({ organisation }) =>
    organisation === null ? [] : [organisation],
  )
  // A short name stands for a long one that begins with it ("X" and "X i Y län").
  const unknown = [...new Set(names)].filter((name) => !known.organisations.has(name.toLowerCase()))
  const listed = unknown.filter((name) => !unknown.some((longer) => longer !== name && longer.startsWith(`${name} i `)))
  if (listed.length > 0) proposal.warnings.push({ code: 'unknown_organisation', values: listed, level: 'warn' })
  const typos = presenters.flatMap(({ name, title }) => {
    const near = presenters.find(
      (other) => other.title !== null && title !== null && other.title !== title && differByOne(other.title, title),
    )
    return title !== null && near ? [`${name}: ${title} / ${near.title}`] : []
  })
  if (typos.length > 0) proposal.warnings.push({ code: 'title_typo_suspected', level: 'info', values: typos })
}

/** Are two words the same but for one sign that is added, left out or another? */
export function differByOne(a: string, b: string): boolean {
  if (a === b || Math.abs(a.length - b.length) > 1) return false
  let start = 0
  while (start < a.length && a[start] === b[start]) start += 1
  let end = 0
  while (end < Math.min(a.length, b.length) - start && a.at(-1 - end) === b.at(-1 - end)) end += 1
  return Math.max(a.length, b.length) - start - end <= 1
}

/** Another layout: its headings and words, and no fact made of them. */
function asText(proposal: Proposal, lines: readonly Line[]): Proposal {
  proposal.layout = 'text'
  let open = false
  for (const [at, line] of lines.entries()) {
    if (line.kind === 'gap') {
      open = false
      continue
    }
    const next = lines[at + 1]
    const heading =
      line.kind === 'text' &&
      (line.level > 0 ||
        (!open &&
          line.text.length < 75 &&
          !/[.,;]$/.test(line.text) &&
          next?.kind !== 'url' &&
          /^[\p{Lu}\d§]/u.test(line.text)))
    if (heading) {
      proposal.sections.push({ title: line.text, page: line.page, body: [] })
      open = false
      continue
    }
    let section = proposal.sections.at(-1)
    if (section === undefined) {
      section = { title: null, page: line.page, body: [] }
      proposal.sections.push(section)
    }
    const last = section.body.at(-1)
    if (open && last !== undefined) section.body[section.body.length - 1] = joined([last, line.text])
    else section.body.push(line.text)
    open = true
  }
  proposal.warnings.push({ code: 'other_layout', level: 'warn' })
  return proposal
}

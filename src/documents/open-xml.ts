/** What stands in the XML of Office files. Pure. */

/** Tags that lie within a word: what is cut into runs is read as one. Whatever else begins or ends, so does a line. */
const within = new Set([
  'r',
  't',
  'fld',
  'delText',
  'hyperlink',
  'smartTag',
  'ins',
  'del',
  'proofErr',
  'bookmarkStart',
  'bookmarkEnd',
  'commentRangeStart',
  'commentRangeEnd',
  'lastRenderedPageBreak',
  'softHyphen',
]) // prettier-ignore
/** The look of a run or a paragraph, with what stands in it. */
const look = new Set(['rPr', 'pPr', 'endParaRPr'])
const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

/** The words of one part of a document, a sheet or a slide, a line for each paragraph and cell. */
export function wordsOfXml(xml: string): string {
  let text = ''
  let from = 0
  let looks = 0
  let header = false
  for (const { 0: tag, 1: end, 2: name = '', index } of xml.matchAll(/<(\/?)(?:[\w.-]+:)?([\w.-]*)[^<>]*>/g)) {
    if (looks === 0) text += header ? xml.slice(from, index).replace(/&amp;[A-Z]/g, '\n') : xml.slice(from, index)
    from = index + tag.length
    const alone = tag.endsWith('/>')
    if (look.has(name)) looks = Math.max(0, looks + (alone ? 0 : end === '' ? 1 : -1))
    else if (looks > 0 || within.has(name)) continue
    else text += name === 'noBreakHyphen' ? '-' : '\n'
    // What stands in the header of a sheet begins with where it stands: &L, &C or &R.
    header = end === '' && /^(?:odd|even|first)(?:Header|Footer)$/.test(name)
  }
  return lines(decoded(text + xml.slice(from)))
}

/** What things are called and described as: sheets, pictures. */
export function namesInXml(xml: string): string {
  return lines(
    decoded(Array.from(xml.matchAll(/\s(?:name|descr|title|displayName)="([^"<]*)"/g), ([, name]) => name).join('\n')),
  )
}

function decoded(text: string): string {
  return text.replace(/&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|(\w{2,4}));/gi, (whole, hex, decimal, name) => {
    if (name !== undefined) return entities[name] ?? whole
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16)
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : ' '
  })
}

const lines = (text: string) =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join('\n')

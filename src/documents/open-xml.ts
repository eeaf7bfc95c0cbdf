/** What stands in the XML of Office files. Pure. */

/** Where one piece of text ends: paragraphs, breaks, cells and table rows. What stands in several runs is one word. */
const ends = /<\/(?:w:p|a:p|si|is|c|v|row|text|(?:cp|dc|dcterms|vt):\w+|[A-Z]\w*)>|<(?:w:br|w:tab|a:br)\b[^>]*>/g
const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

/** The words of one part of a document, a sheet or a slide, a line for each paragraph and cell. */
export function wordsOfXml(xml: string): string {
  return xml
    .replace(ends, '\n')
    .replace(/<[^>]*>/g, '')
    .replace(/&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|(\w{2,4}));/gi, (whole, hex, decimal, name) => {
      if (name !== undefined) return entities[name] ?? whole
      const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16)
      return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : ' '
    })
    .replace(/[^\S\n]*\n\s*/g, '\n')
    .trim()
}

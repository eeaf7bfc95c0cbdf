/** A PDF as a program that knows nothing of ours reads it. */
import { getDocumentProxy } from 'unpdf'

type Node = { role?: string; children?: readonly Node[] }

export async function readPdf(bytes: Uint8Array) {
  const document = await getDocumentProxy(new Uint8Array(bytes))
  const texts: string[] = []
  const roles: string[] = []
  const collect = (node: Node | null) => {
    if (node?.role) roles.push(node.role)
    for (const child of node?.children ?? []) collect(child)
  }
  for (let number = 1; number <= document.numPages; number += 1) {
    const page = await document.getPage(number)
    const { items } = await page.getTextContent()
    texts.push(items.map((item) => ('str' in item ? item.str + (item.hasEOL ? '\n' : '') : '')).join(''))
    collect((await page.getStructTree()) as Node | null)
  }
  const { info } = await document.getMetadata()
  const outline = (await document.getOutline()) as { title: string; items: { title: string }[] }[] | null
  const mark = await document.getMarkInfo()
  const pages = document.numPages
  await document.cleanup()
  return {
    pages,
    texts,
    /** All words with single spaces, hyphens at line ends taken away. */
    text: texts
      .join('\n')
      .replace(/[\u00ad\u200b]/g, '')
      .replace(/-\n/g, '')
      .replace(/\s+/g, ' '),
    roles,
    outline: (outline ?? []).map(({ title }) => title),
    subOutline: (outline ?? []).flatMap(({ items }) => items.map(({ title }) => title)),
    tagged: (mark as { Marked?: boolean } | null)?.Marked === true,
    info: info as Record<string, unknown>,
    /** Fonts that the reader would have to have. */
    notEmbedded: /\/FontFile[23]?\b/.test(Buffer.from(bytes).toString('latin1')) ? [] : ['some'],
  }
}

/** The smallest PDF with one line. @param field the dictionary of a form's field, from its type and on */
export function smallPdf(line: string, field?: string): Buffer {
  const content = `BT /F1 24 Tf 72 700 Td (${line}) Tj ET`
  const objects = [
    `<</Type/Catalog/Pages 2 0 R${field === undefined ? '' : '/AcroForm<</Fields[6 0 R]>>'}>>`,
    '<</Type/Pages/Kids[3 0 R]/Count 1>>',
    `<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>${field === undefined ? '' : '/Annots[6 0 R]'}>>`,
    `<</Length ${content.length}>>stream\n${content}\nendstream`,
    '<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>',
    ...(field === undefined ? [] : [`<</Type/Annot/Subtype/Widget/Rect[0 0 100 20]${field}>>`]),
  ]
  let text = '%PDF-1.4\n'
  const places = objects.map((object, number) => {
    const place = text.length
    text += `${number + 1} 0 obj${object}endobj\n`
    return place
  })
  const table = text.length
  text += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${places.map((place) => `${String(place).padStart(10, '0')} 00000 n \n`).join('')}`
  text += `trailer<</Size ${objects.length + 1}/Root 1 0 R>>startxref\n${table}\n%%EOF`
  return Buffer.from(text, 'latin1')
}

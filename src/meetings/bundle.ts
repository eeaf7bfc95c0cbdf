/** The agenda and its attachments as one file. */
import { Readable } from 'node:stream'
import { Zip, ZipDeflate, ZipPassThrough } from 'fflate'
import type { Reader } from '../db/database.ts'
import { type Attachment, fileBytes } from '../documents/files.ts'
import type { AgendaSnapshot } from './agenda-rules.ts'

export type Bundled = { title: string; body: string; agenda: AgendaSnapshot; url: string }

/** The attachments' names in the bundle: in the order of the agenda, and no two alike. */
export function bundleNames(attachments: readonly Pick<Attachment, 'file_name' | 'item_number'>[]): string[] {
  return attachments.map(({ file_name, item_number }, place) => {
    const order = String(place + 1).padStart(String(attachments.length).length, '0')
    return `bilagor/${order} ${item_number === null ? '' : `punkt ${item_number} `}${file_name}`
  })
}

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
const escaped = (text: string) => text.replace(/[&<>"]/g, (sign) => escapes[sign] ?? sign)

/** The agenda as a page of its own that needs nothing else, with links to the attachments beside it. */
export function agendaDocument(
  { title, body, agenda, url }: Bundled,
  attachments: readonly Pick<Attachment, 'title' | 'file_name' | 'item_number'>[],
): string {
  const names = bundleNames(attachments)
  const link = (place: number) =>
    `<li><a href="${names[place]?.split('/').map(encodeURIComponent).join('/')}">${escaped(attachments[place]?.title ?? '')}</a></li>`
  const linksOf = (number: string | null) => {
    const links = attachments.flatMap(({ item_number }, place) => (item_number === number ? [link(place)] : []))
    return links.length === 0 ? '' : `<ul>\n${links.join('\n')}\n</ul>`
  }
  const items = agenda.items.map(({ number, title: heading, presenters, background }) => {
    const level = /\D$/.test(number) ? 'h3' : 'h2'
    return [
      `<${level}>${number} ${escaped(heading)}</${level}>`,
      presenters.length === 0 ? '' : `<p>Föredragning: ${escaped(presenters.join('; '))}</p>`,
      background === null ? '' : `<p>${escaped(background)}</p>`,
      linksOf(number),
    ]
      .filter(Boolean)
      .join('\n')
  })
  return `<!doctype html>
<html lang="sv">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Dagordning: ${escaped(title)}</title>
<style>body { font: 1.0625rem/1.5 sans-serif; max-width: 42rem; margin: 2rem auto; padding: 0 1rem }</style>
</head>
<body>
<h1>${escaped(title)}</h1>
<p>${escaped(body)}. ${escaped(agenda.when)}.${agenda.place === null ? '' : ` ${escaped(agenda.place)}.`}</p>
${linksOf(null)}
${items.join('\n')}
<p>Mötets sida: <a href="${escaped(url)}">${escaped(url)}</a></p>
</body>
</html>
`
}

/** A ZIP that is made while it is sent: one attachment at a time is in memory. Files of these kinds are packed already. */
export function bundle(db: Reader, meeting: Bundled, attachments: readonly Attachment[]): Readable {
  const names = bundleNames(attachments)
  async function* chunks(): AsyncGenerator<Uint8Array> {
    let ready: Uint8Array[] = []
    let failure: Error | null = null
    const zip = new Zip((error, chunk) => {
      if (error) failure = error
      else ready.push(chunk)
    })
    const taken = () => {
      if (failure) throw failure
      const taking = ready
      ready = []
      return taking
    }
    const agenda = new ZipDeflate('dagordning.html')
    zip.add(agenda)
    agenda.push(new TextEncoder().encode(agendaDocument(meeting, attachments)), true)
    yield* taken()
    for (const [place, attachment] of attachments.entries()) {
      const file = new ZipPassThrough(names[place] ?? attachment.file_name)
      zip.add(file)
      file.push(await fileBytes(db, attachment.file_id), true)
      yield* taken()
    }
    zip.end()
    yield* taken()
  }
  return Readable.from(chunks())
}

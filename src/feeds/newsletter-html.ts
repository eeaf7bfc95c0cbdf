import { dayText } from '../kernel/dates.ts'
import { markdownHtml } from '../kernel/markdown.ts'
import type { Correction } from './newsletter-queries.ts'
import { partsOf } from './rules.ts'

const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

/**
 * The whole newsletter as safe HTML, corrections first: for feeds.
 * @param root what paths of the portal begin with, with the origin
 */
export function newsletterHtml(
  {
    content,
    corrections,
  }: { content: string; corrections: readonly Pick<Correction, 'correction' | 'corrected_on'>[] },
  root: string,
): string {
  return [
    ...corrections.map(
      ({ correction, corrected_on }) =>
        `<p><strong>Rättelse ${dayText(corrected_on)}:</strong> ${escaped(correction)}</p>`,
    ),
    ...partsOf(content).map(
      ({ heading, text }) => `${heading === null ? '' : `<h2>${escaped(heading)}</h2>\n`}${markdownHtml(text, root)}`,
    ),
  ].join('\n')
}

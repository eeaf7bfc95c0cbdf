import type { Reader } from '../db/database.ts'
import { reportPage } from '../discharge-days/figure-pages.ts'
import { parsePeriod } from '../discharge-days/periods.ts'
import type { Day } from '../kernel/dates.ts'
import { createdAt, type PdfDocument, paragraph } from './document.ts'
import { factsBlock, tableBlock } from './parts.ts'

/**
 * The report of a period with the figures that everybody may see, whoever asks: a file is passed on.
 * @throws PortalError not-found
 */
export async function reportDocument(
  db: Reader,
  administration: string,
  period: string,
  today: Day,
  where: { site: string; address: string },
): Promise<PdfDocument> {
  const page = await reportPage(db, administration, period, today, 'public')
  return {
    ...where,
    title: page.title,
    kicker: page.subtitle,
    mark: page.example,
    created: createdAt(new Date(`${parsePeriod(period)?.to}T12:00:00Z`)),
    blocks: [
      ...(page.example === null
        ? []
        : [
            {
              kind: 'notice',
              title: page.example,
              text: 'Siffrorna är inte länets. De finns här för att visa hur rapporten ser ut.',
            } as const,
          ]),
      factsBlock(page.facts),
      ...(page.verdict === null ? [] : [paragraph(`Bedömning: ${page.verdict.text}.`)]),
      { kind: 'heading', level: 1, text: 'Kommun för kommun' },
      tableBlock(page.table.caption, page.table.columns, page.table.rows),
      ...page.notes.map(paragraph),
      { kind: 'heading', level: 1, text: 'Så är siffrorna räknade' },
      paragraph(page.rules),
      ...(page.withheld === null ? [] : [paragraph(page.withheld)]),
    ],
  }
}

import type { Administration } from '../discharge-days/queries.ts'
import { xlsxType } from '../http/exports.ts'
import type { PageHead } from '../http/view.ts'
import { apiPath, dischargeApiPath, withQuery } from '../kernel/urls.ts'
import type { Item } from './questions.ts'
import type { Register } from './registers.ts'

declare module '../http/view.ts' {
  interface Views {
    'open-data/show': OpenDataPage
  }
}

export type OpenDataPage = {
  head: PageHead
  root: string
  licenceUrl: string
  registers: readonly {
    anchor: string
    title: string
    about: string
    json: string
    csv: string
    xlsx: string
    fields: readonly { text: string }[][]
    filters: string
    example: string | null
  }[]
  /** Null where no administration is measured. */
  discharge: { json: string; csv: string; xlsx: string } | null
}

/** @param examples the first object of each register */
export function openDataPage(
  root: string,
  licenceUrl: string,
  registers: readonly Register[],
  examples: ReadonlyMap<string, Item>,
  measured: readonly Administration[],
): OpenDataPage {
  const query = { administration: 'hsf', period: '2025-11' }
  const files = (address: string) => [
    { format: 'application/json', path: address },
    { format: 'text/csv', path: `${address}.csv` },
    { format: xlsxType, path: `${address}.xlsx` },
  ]
  return {
    head: {
      title: 'Öppna data',
      crumbs: [{ text: 'Öppna data' }],
      description: 'Alla offentliga register att läsa med program: JSON, CSV och Excel, med beskrivning och licens.',
      about: {
        kind: 'catalogue',
        name: 'Öppna data',
        text: 'Allt som är offentligt i portalen kan läsas av program: som JSON, CSV och Excel. Ingen inloggning eller nyckel behövs.',
        licence: licenceUrl,
        sets: registers.map(({ name, title, about }) => ({
          name: title,
          text: about,
          anchor: name,
          files: files(apiPath(name)),
        })),
      },
    },
    root,
    licenceUrl,
    registers: registers.map((register) => ({
      anchor: register.name,
      title: register.title,
      about: register.about,
      json: apiPath(register.name),
      csv: `${apiPath(register.name)}.csv`,
      xlsx: `${apiPath(register.name)}.xlsx`,
      fields: Object.entries(register.fields).map(([name, { is }]) => [{ text: name }, { text: is.description ?? '' }]),
      filters: Object.keys(register.filters).join(', '),
      example: exampleText(examples.get(register.name)),
    })),
    discharge: measured.some(({ code }) => code === query.administration)
      ? {
          json: withQuery(dischargeApiPath, query),
          csv: withQuery(`${dischargeApiPath}.csv`, query),
          xlsx: withQuery(`${dischargeApiPath}.xlsx`, query),
        }
      : null,
  }
}

const exampleText = (item: unknown) => (item === undefined ? null : JSON.stringify(item, null, 2))

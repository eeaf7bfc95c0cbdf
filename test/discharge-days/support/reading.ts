import { placeNames } from '../../../src/discharge-days/reading/cells.ts'
import type { Layout } from '../../../src/discharge-days/reading/columns.ts'
import { type Reading, type ReadingRules, readFile } from '../../../src/discharge-days/reading/read-file.ts'
import { day } from '../../../src/kernel/dates.ts'

/** Four municipalities and both administrations, with ids that are easy to see. */
export const towns = [
  { id: 1, slug: 'hogsby', name: 'Högsby kommun', shortName: 'Högsby', code: '0821' },
  { id: 2, slug: 'kalmar', name: 'Kalmar kommun', shortName: 'Kalmar', code: '0880' },
  { id: 3, slug: 'oskarshamn', name: 'Oskarshamns kommun', shortName: 'Oskarshamn', code: '0882' },
  { id: 4, slug: 'torsas', name: 'Torsås kommun', shortName: 'Torsås', code: '0834' },
]
export const measured = [
  { id: 10, slug: 'rkl-hsf', name: 'Hälso- och sjukvårdsförvaltningen', shortName: 'HSF' },
  { id: 20, slug: 'rkl-pf', name: 'Psykiatriförvaltningen', shortName: 'PF' },
]

export const rules: ReadingRules = {
  names: placeNames(towns, measured),
  municipalities: towns,
  administrations: measured,
  today: day('2026-03-01'),
  baseKind: (administrationId) => (administrationId === 20 ? 'quarter' : 'month'),
  remembered: () => null,
}

export const episodeHeader = 'kommun;förvaltning;utskrivningsklar;utskriven;vårdtillfälle'
export const summaryHeader = 'kommun;förvaltning;period;antal;dagar;dagar från dag fyra'

/** Bytes in blocks of the given size, as a network or a disk hands them over. */
export async function* inBlocks(bytes: Buffer, size = 64 * 1024): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield Buffer.from(bytes.subarray(at, at + size))
}

export function read(
  content: string | Buffer,
  {
    layout = null,
    name = 'fil.csv',
    block,
    ...other
  }: Partial<ReadingRules> & { layout?: Layout | null; name?: string; block?: number } = {},
): Promise<Reading> {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content
  return readFile(inBlocks(bytes, block), name, { ...rules, ...other }, layout)
}

/** 'line:column reason' of every rejected row. */
export const rejections = (reading: Reading) =>
  [...reading.rejections.all(reading.headers)].map(({ line, column, reason }) => `${line}:${column} ${reason}`)

/** 'administration/municipality/month d×count …' of every cell, sorted. */
export const cells = (reading: Reading) =>
  reading.cells
    .map(({ administrationId, municipalityId, period, histogram, episodes, days, lateDays, level }) => {
      const counted = histogram
        ? [...histogram].map(([d, count]) => `${d}×${count}`).join(' ')
        : `${episodes}/${days}/${lateDays ?? '–'}`
      return `${administrationId}/${level === 'county' ? 'länet' : (municipalityId ?? 'utomläns')}/${period.from.slice(0, 7)} ${counted}`
    })
    .toSorted()

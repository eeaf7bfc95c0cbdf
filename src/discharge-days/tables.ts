import type { Cell, Column, Tag } from '../http/parts.ts'
import { dayText, stockholmToday } from '../kernel/dates.ts'
import { swedishNumber } from '../kernel/numbers.ts'
import { dischargePartyPath } from '../kernel/urls.ts'
import type { PeriodFigures, PlaceFigure, Revision } from './figures.ts'
import { periodText } from './periods.ts'
import { average, type Judgement, looksEqual } from './rules.ts'
import { exampleMark, withheldText } from './texts.ts'

declare module '../http/view.ts' {
  interface Parts {
    'discharge-days/_table': TableModel
  }
}

/** `anchor`: where on the page the figure is explained. `heat`: 0 (no days) to 5 (far over the indicator). */
export type FigureCell = Cell & { anchor?: string | null; heat?: number | null }

export type TableModel = { caption: string; columns: readonly Column[]; rows: readonly (readonly FigureCell[])[] }

/** What stands before a caption or title that is built on invented figures. */
export const marked = (example: boolean, text: string) => (example ? `${exampleMark}. ${text}` : text)

/** 'över 0,8' with its mark; null when nothing is judged. */
export function statusTag(figure: PlaceFigure, { indicator }: Judgement): Tag | null {
  if (figure.exceeded === null || indicator === null) return null
  const value = swedishNumber(indicator)
  return figure.exceeded ? { text: `över ${value}`, tone: 'bad' } : { text: `inte över ${value}`, tone: 'good' }
}

/** '0,33'; '–' without episodes; 'visas inte' when withheld. */
export function averageShown(figure: PlaceFigure): string {
  if (figure.suppressed) return withheldText
  if (figure.episodes === null || figure.days === null) return '–'
  return swedish(average(figure.days, figure.episodes, 2))
}

/** '0,804, över indikatorn' where two decimals look like the indicator itself; else null. */
export function averageNote(figure: PlaceFigure, { indicator }: Judgement): string | null {
  if (figure.episodes === null || figure.days === null) return null
  if (!looksEqual({ episodes: figure.episodes, days: figure.days }, indicator)) return null
  const exact = swedish(average(figure.days, figure.episodes, 3))
  return `${exact}, ${figure.exceeded ? 'över' : 'inte över'} indikatorn`
}

const swedish = (value: string | null) => (value === null ? '–' : swedishNumber(value))

/** A count; '–' when the source does not tell it. */
export function countShown(count: number | null, figure: PlaceFigure): string {
  if (figure.suppressed) return withheldText
  return count === null ? '–' : swedishNumber(count)
}

export function statusCell(figure: PlaceFigure, judgement: Judgement): Cell {
  if (figure.suppressed) return { text: withheldText }
  const tag = statusTag(figure, judgement)
  if (tag === null) return { text: figure.episodes === null || judgement.indicator !== null ? '–' : 'ingen indikator' }
  return { text: '', tag }
}

const lateColumn = ({ firstPayableDay }: Judgement): string =>
  firstPayableDay === null || firstPayableDay === 4
    ? 'Dagar från och med dag fyra'
    : `Dagar från och med dag ${firstPayableDay}`

const otherColumn = ({ paymentMode }: Judgement): string =>
  paymentMode === 'only_when_exceeded' ? 'Om alla sådana dagar betalas' : 'Om bara den som är över indikatorn betalar'

export const countAnchor = (slug: string) => `raknat-${slug}`

/** A row for each municipality, the county and those from elsewhere. */
export function placeTable(figures: PeriodFigures, { links = true } = {}): TableModel {
  const { administration, period, judgement, exampleData } = figures
  const kronor = [...figures.municipalities.map(({ figure }) => figure), figures.county].some(
    ({ amount }) => amount !== null,
  )
  const cells = (heading: Cell, figure: PlaceFigure, slug: string): FigureCell[] => [
    heading,
    { text: countShown(figure.episodes, figure) },
    { text: countShown(figure.days, figure) },
    {
      text: averageShown(figure),
      note: averageNote(figure, judgement),
      anchor: links && figure.average !== null ? countAnchor(slug) : null,
    },
    statusCell(figure, judgement),
    { text: countShown(figure.day4Days, figure) },
    { text: countShown(figure.otherPayableDays, figure) },
    ...(kronor
      ? [
          {
            text:
              figure.amount === null
                ? countShown(null, figure)
                : `${swedishNumber(figure.amount.replace(/\.00$/, ''))} kr`,
          },
        ]
      : []),
  ]
  return {
    caption: marked(
      exampleData,
      `Utskrivningsklara dagar per kommun, ${administration.shortName}, ${periodText(period)}`,
    ),
    columns: [
      { text: 'Kommun' },
      { text: 'Vårdtillfällen', numeric: true },
      { text: 'Dagar', numeric: true },
      { text: 'Genomsnitt', numeric: true },
      { text: 'Mot indikatorn' },
      { text: lateColumn(judgement), numeric: true },
      { text: otherColumn(judgement), numeric: true },
      ...(kronor ? [{ text: 'Preliminärt, inte faktureringsunderlag', numeric: true }] : []),
    ],
    rows: [
      ...figures.municipalities.map(({ municipality, figure }) =>
        cells(
          { text: municipality.shortName, path: links ? dischargePartyPath(municipality.slug) : null },
          figure,
          municipality.slug,
        ),
      ),
      cells({ text: 'Hela länet' }, figures.county, 'lanet'),
      cells({ text: 'Utomläns' }, figures.outOfCounty, 'utomlans'),
    ],
  }
}

/** How each figure of the period came about, place by place. */
export function countings(figures: PeriodFigures): { anchor: string; place: string; text: string }[] {
  const { judgement } = figures
  const text = (figure: PlaceFigure): string | null => {
    const { episodes, days } = figure
    if (figure.suppressed || episodes === null || days === null) return null
    const four = average(days, episodes, 4)
    if (four === null) return 'Inga vårdtillfällen, och därför inget genomsnitt.'
    const sum = `${swedishNumber(days)} dagar ÷ ${swedishNumber(episodes)} vårdtillfällen = ${swedishNumber(four)}, visas som ${averageShown(figure)}.`
    const verdict =
      figure.exceeded === null || judgement.indicator === null
        ? 'Ingen indikator är registrerad för perioden.'
        : `Gränsen är ${swedishNumber(judgement.indicator)} × ${swedishNumber(episodes)} = ${swedishNumber(product(judgement.indicator, episodes))} dagar: ${figure.exceeded ? 'över' : 'inte över'}.`
    const late =
      figure.day4Days === null
        ? 'Dagar från och med dag fyra framgår inte av underlaget.'
        : `Dagar från och med dag fyra: ${swedishNumber(figure.day4Days)}.`
    return `${sum} ${verdict} ${late}`
  }
  const all: [string, string, PlaceFigure][] = [
    ...figures.municipalities.map(
      ({ municipality, figure }) =>
        [municipality.slug, municipality.shortName, figure] as [string, string, PlaceFigure],
    ),
    ['lanet', 'Hela länet', figures.county],
    ['utomlans', 'Utomläns', figures.outOfCounty],
  ]
  return all.flatMap(([slug, place, figure]) => {
    const counted = text(figure)
    return counted === null ? [] : [{ anchor: countAnchor(slug), place, text: counted }]
  })
}

/** An exact decimal times a whole number, without zeros at the end. */
function product(decimal: string, whole: number): string {
  const places = decimal.split('.')[1]?.length ?? 0
  const digits = (BigInt(decimal.replace('.', '')) * BigInt(whole)).toString().padStart(places + 1, '0')
  if (places === 0) return digits
  return `${digits.slice(0, -places)}.${digits.slice(-places)}`.replace(/\.?0+$/, '')
}

/** 'Kalmar: Reviderad 2026-02-03: 0,33 → 0,35 (265 dagar/804 vårdtillfällen → 282/806)' */
export function revisionText({ on, municipality, before, after }: Revision, period: string | null = null): string {
  const shown = ({ episodes, days }: Revision['before']) => swedish(average(days, episodes, 2))
  const counts = ({ episodes, days }: Revision['before']) => `${swedishNumber(days)}/${swedishNumber(episodes)}`
  const place = [municipality?.shortName ?? 'Hela länet', period].filter(Boolean).join(', ')
  return `${place}: Reviderad ${on}: ${shown(before)} → ${shown(after)} (dagar/vårdtillfällen ${counts(before)} → ${counts(after)})`
}

/** When the figures were last decided, in words. */
export function changedText(figures: readonly PeriodFigures[]): string | null {
  const times = figures.flatMap(({ changed }) => (changed === null ? [] : [changed.getTime()]))
  return times.length === 0 ? null : dayText(stockholmToday(new Date(Math.max(...times))))
}

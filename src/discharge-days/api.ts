import { z } from 'zod'
import type { Reader } from '../db/database.ts'
import type { Day } from '../kernel/dates.ts'
import { dischargeApiPath, dischargePeriodPath, dischargeRulesOn, openApiPath, withQuery } from '../kernel/urls.ts'
import { type Audience, type Books, openBooks, type PeriodFigures, type PlaceFigure, periodFigures } from './figures.ts'
import { basePeriods, parameterValues, publishedKinds } from './parameters.ts'
import { firstMonth, type Period, parsePeriod, periodCode, periodSlug, shifted } from './periods.ts'
import { type Administration, type Municipality, measuredPlaces } from './queries.ts'
import { average } from './rules.ts'
import { exampleMark } from './texts.ts'

/** A question that the API cannot answer. `parameter` names what is wrong with it; the message is Swedish. */
export class BadQuestion extends Error {
  override name = 'BadQuestion'
  readonly parameter: string

  constructor(parameter: string, message: string) {
    super(message)
    this.parameter = parameter
  }
}

export type Question = {
  administration: Administration
  /** One period, or all from the first to the last. */
  periods: readonly Period[]
  range: { from: string; to: string } | null
  municipality: Municipality | null
  /** As it was asked, for links. */
  query: Readonly<Record<string, string>>
}

const names = ['administration', 'period', 'from', 'to', 'municipality'] as const
const mostPeriods = 132

/** Reads the query of `GET /api/v1/discharge-days`. @throws BadQuestion naming the parameter */
export async function readQuestion(db: Reader, query: unknown, today: Day): Promise<Question> {
  const asked: Partial<Record<(typeof names)[number], string>> = {}
  for (const [name, value] of Object.entries((query ?? {}) as Record<string, unknown>)) {
    const known = names.find((one) => one === name)
    if (known === undefined)
      throw new BadQuestion(name.slice(0, 100), `Parametern finns inte. Det finns ${names.join(', ')}.`)
    if (typeof value !== 'string') throw new BadQuestion(name, 'Parametern får anges en gång.')
    asked[known] = value
  }
  const [{ administrations: measured, municipalities: towns }, values] = await Promise.all([
    measuredPlaces(db),
    parameterValues(db),
  ])
  const codes = measured.map(({ code }) => code).join(' eller ')
  const administration = measured.find(({ code }) => code === asked.administration)
  if (administration === undefined) throw new BadQuestion('administration', `Ange förvaltningen: ${codes}.`)
  const municipality = towns.find(({ slug }) => slug === asked.municipality) ?? null
  if (asked.municipality !== undefined && municipality === null) {
    throw new BadQuestion('municipality', `Ange en av kommunerna: ${towns.map(({ slug }) => slug).join(', ')}.`)
  }
  const readOne = (name: 'period' | 'from' | 'to'): Period => {
    const period = parsePeriod(asked[name] ?? '')
    const example = periodCode(
      basePeriods(values, administration.id, '2025-10-01' as Day, '2025-12-31' as Day).at(-1) ?? yearOf(today),
    )
    if (period === null) throw new BadQuestion(name, `Ange en period, till exempel ${example} eller 2025.`)
    if (period.from < firstMonth || period.from > today) {
      throw new BadQuestion(
        name,
        `Perioden ska vara från ${periodCode({ kind: 'month', from: firstMonth, to: firstMonth })} till i dag.`,
      )
    }
    if (!publishedKinds(values, administration.id, period.to).includes(period.kind)) {
      throw new BadQuestion(
        name,
        `${administration.shortName} följs inte upp för sådana perioder. Ange till exempel ${example} eller 2025.`,
      )
    }
    return period
  }
  const common = { administration, municipality, query: asked as Record<string, string> }
  if (asked.period !== undefined) {
    const extra = (['from', 'to'] as const).find((name) => asked[name] !== undefined)
    if (extra) throw new BadQuestion(extra, 'Ange antingen period, eller from och to.')
    return { ...common, periods: [readOne('period')], range: null }
  }
  if (asked.from === undefined && asked.to === undefined) {
    throw new BadQuestion('period', 'Ange en period, eller from och to.')
  }
  const from = readOne('from')
  const to = readOne('to')
  if (from.kind !== to.kind) throw new BadQuestion('to', 'from och to ska vara samma slags period.')
  if (to.from < from.from) throw new BadQuestion('to', 'to är före from.')
  const periods: Period[] = []
  for (let period = from; period.from <= to.from; period = shifted(period, 1)) periods.push(period)
  if (periods.length > mostPeriods) throw new BadQuestion('to', `Fråga efter högst ${mostPeriods} perioder åt gången.`)
  return { ...common, periods, range: { from: periodCode(from), to: periodCode(to) } }
}

const yearOf = (today: Day) => parsePeriod(today.slice(0, 4)) as Period

/** The figures that were asked for. */
export async function answerQuestion(db: Reader, question: Question, audience: Audience): Promise<PeriodFigures[]> {
  const first = question.periods[0] as Period
  const last = question.periods.at(-1) as Period
  const books = await openBooks(db, { from: first.from, to: last.to })
  return figuresOf(books, question, audience)
}

function figuresOf(
  books: Books,
  { administration, periods, municipality }: Question,
  audience: Audience,
): PeriodFigures[] {
  return periods.map((period) => {
    const figures = periodFigures(books, administration, period, audience)
    if (municipality === null) return figures
    return {
      ...figures,
      municipalities: figures.municipalities.filter((one) => one.municipality.id === municipality.id),
    }
  })
}

const count = z.number().int().nonnegative().nullable()

const place = {
  episodes: count.describe('n: utskrivna länkade slutenvårdstillfällen, även de med 0 dagar'),
  days: count.describe('D: summan av utskrivningsklara dagar'),
  average: z
    .string()
    .regex(/^\d+\.\d{4}$/)
    .nullable()
    .describe('D/n med fyra decimaler; null utan vårdtillfällen'),
  exceeded: z
    .boolean()
    .nullable()
    .describe('om genomsnittet är över indikatorn; null utan indikator eller vårdtillfällen'),
  day4Days: count.describe('dagar från och med första betalningsdagen'),
  payableDays: count.describe('betalningsdagar enligt paymentMode'),
  otherPayableDays: count.describe('betalningsdagar om överenskommelsen läses på det andra sättet'),
  amount: z
    .number()
    .nonnegative()
    .nullable()
    .describe('kronor, preliminärt och inte faktureringsunderlag; null utan belopp'),
  suppressed: z.boolean().describe('sant när uppgifterna inte visas; då är alla andra null'),
}

export const periodAnswer = z.strictObject({
  period: z.string(),
  administration: z.string(),
  indicator: z.number().nullable(),
  comparison: z.enum(['over', 'at_or_over']).nullable(),
  firstPayableDay: z.number().int().nullable(),
  paymentMode: z.enum(['every_episode', 'only_when_exceeded']).nullable(),
  municipalities: z.array(
    z.strictObject({
      municipality: z.strictObject({ slug: z.string(), name: z.string(), code: z.string() }),
      ...place,
    }),
  ),
  county: z.strictObject(place).describe('kommunerna tillsammans, utan utomläns'),
  outOfCounty: z.strictObject(place).describe('personer som bor utanför länet'),
  exampleData: z.boolean().describe('sant när siffrorna är påhittade'),
  exampleNotice: z.string().nullable(),
  revised: z.boolean(),
  revisions: z.array(
    z.strictObject({
      on: z.string(),
      municipality: z.string().nullable(),
      from: z.string().nullable(),
      to: z.string().nullable(),
    }),
  ),
  links: z.record(z.string(), z.string()),
})
export type PeriodAnswer = z.output<typeof periodAnswer>

export const rangeAnswer = z.strictObject({
  administration: z.string(),
  from: z.string(),
  to: z.string(),
  exampleData: z.boolean(),
  exampleNotice: z.string().nullable(),
  periods: z.array(periodAnswer),
  links: z.record(z.string(), z.string()),
})
export type RangeAnswer = z.output<typeof rangeAnswer>

/** @param origin what stands before every path: protocol, host and base path */
export function answerOf(
  question: Question,
  figures: readonly PeriodFigures[],
  origin: string,
): PeriodAnswer | RangeAnswer {
  const periods = figures.map((one) => periodAnswerOf(question, one, origin))
  if (question.range === null) return periods[0] as PeriodAnswer
  const exampleData = figures.some((one) => one.exampleData)
  return {
    administration: question.administration.code,
    ...question.range,
    exampleData,
    exampleNotice: exampleData ? exampleMark : null,
    periods,
    links: formatLinks(question.query, origin),
  }
}

function periodAnswerOf(question: Question, figures: PeriodFigures, origin: string): PeriodAnswer {
  const { administration, period, judgement } = figures
  const code = periodCode(period)
  const query = {
    administration: administration.code,
    period: code,
    ...(question.municipality && { municipality: question.municipality.slug }),
  }
  return {
    period: code,
    administration: administration.code,
    indicator: judgement.indicator === null ? null : Number(judgement.indicator),
    comparison: judgement.comparison,
    firstPayableDay: judgement.firstPayableDay,
    paymentMode: judgement.paymentMode,
    municipalities: figures.municipalities.map(({ municipality: { slug, name, code }, figure }) => ({
      municipality: { slug, name, code },
      ...placeAnswer(figure),
    })),
    county: placeAnswer(figures.county),
    outOfCounty: placeAnswer(figures.outOfCounty),
    exampleData: figures.exampleData,
    exampleNotice: figures.exampleData ? exampleMark : null,
    revised: figures.revisions.length > 0,
    revisions: figures.revisions.map(({ on, municipality, before, after }) => ({
      on,
      municipality: municipality?.slug ?? null,
      from: average(before.days, before.episodes, 4),
      to: average(after.days, after.episodes, 4),
    })),
    links: {
      ...formatLinks(query, origin),
      page: origin + dischargePeriodPath(administration.code, periodSlug(period)),
      rules: origin + dischargeRulesOn(period.to),
    },
  }
}

function placeAnswer({ amount, suppressed, ...figure }: PlaceFigure) {
  return { ...figure, amount: amount === null ? null : Number(amount), suppressed }
}

function formatLinks(query: Readonly<Record<string, string>>, origin: string): Record<string, string> {
  return {
    self: origin + withQuery(dischargeApiPath, query),
    csv: origin + withQuery(`${dischargeApiPath}.csv`, query),
    xlsx: origin + withQuery(`${dischargeApiPath}.xlsx`, query),
    openapi: origin + openApiPath,
  }
}

/** This room's part of the OpenAPI document, with the figures of a month that is known to be there as its example. */
export async function dischargeOpenApi(db: Reader, origin: string, today: Day): Promise<OpenApiPart> {
  const query = { administration: 'hsf', period: '2025-11' }
  const example = await readQuestion(db, query, today)
    .then(async (question) => answerOf(question, await answerQuestion(db, question, 'public'), origin) as PeriodAnswer)
    .catch((error: unknown) => {
      if (error instanceof BadQuestion) return null
      throw error
    })
  const { administrations, municipalities } = await measuredPlaces(db)
  return openApiPart(example, administrations, municipalities)
}

export type OpenApiPart = { paths: Record<string, unknown>; schemas: Record<string, unknown> }

function openApiPart(
  example: PeriodAnswer | null,
  measured: readonly Administration[],
  towns: readonly Municipality[],
): OpenApiPart {
  const parameter = (name: string, description: string, value: string, schema: object, required = false) => ({
    name,
    in: 'query',
    required,
    description,
    schema: { type: 'string', ...schema },
    example: value,
  })
  const codes = { enum: measured.map(({ code }) => code) }
  const periods = { pattern: '^20[0-9]{2}(-(0[1-9]|1[0-2]|[Qq][1-4]))?$' }
  const parameters = [
    parameter('administration', 'Förvaltningen: hsf eller pf.', 'hsf', codes, true),
    parameter(
      'period',
      'En månad (HSF: 2025-11), ett kvartal (PF: 2025-Q4) eller ett år (2025), från 2018 till i dag. Ange period, eller from och to.',
      '2025-11',
      periods,
    ),
    parameter('from', 'Första perioden, av samma slag som den sista.', '2025-01', periods),
    parameter('to', 'Sista perioden, inte före den första.', '2025-11', periods),
    parameter('municipality', 'Bara en kommun.', 'kalmar', { enum: towns.map(({ slug }) => slug) }),
  ]
  const problem = {
    description: 'Frågan gick inte att läsa. `parameter` säger vad som är fel.',
    content: {
      'application/problem+json': {
        schema: { $ref: '#/components/schemas/Problem' },
        example: {
          type: 'about:blank',
          title: 'Frågan gick inte att läsa',
          status: 400,
          detail: 'period: Ange en period, till exempel 2025-11 eller 2025.',
          parameter: 'period',
          requestId: '3f2b8c1e-5a94-4d0e-9b6f-1c7a2e8d4f05',
        },
      },
    },
  }
  const schema = (of: z.ZodType) => {
    const { $schema: _schema, ...rest } = z.toJSONSchema(of) as Record<string, unknown>
    return rest
  }
  const file = (ending: string, type: string) => ({
    get: {
      operationId: `${ending}-discharge-days`,
      summary: 'Samma uppgifter som fil',
      parameters,
      responses: {
        200: { description: 'Filen', content: { [type]: { schema: { type: 'string', format: 'binary' } } } },
        400: problem,
      },
    },
  })
  return {
    paths: {
      [dischargeApiPath]: {
        get: {
          operationId: 'get-discharge-days',
          summary: 'Utskrivningsklara dagar för en period, eller för flera',
          parameters,
          responses: {
            200: {
              description: 'Uppgifterna. Med from och to: `periods` har en uppgift för varje period.',
              content: {
                'application/json': {
                  schema: {
                    oneOf: [{ $ref: '#/components/schemas/Period' }, { $ref: '#/components/schemas/Periods' }],
                  },
                  ...(example && { examples: { period: { summary: 'HSF i november 2025', value: example } } }),
                },
              },
            },
            400: problem,
          },
        },
      },
      [`${dischargeApiPath}.csv`]: file('csv', 'text/csv'),
      [`${dischargeApiPath}.xlsx`]: file('xlsx', 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'),
    },
    schemas: { Period: schema(periodAnswer), Periods: schema(rangeAnswer) },
  }
}

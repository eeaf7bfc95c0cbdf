/** The OpenAPI document of the whole API, made of the same schemas that hold its answers. */
import { z } from 'zod'
import type { OpenApiPart } from '../discharge-days/api.ts'
import { xlsxType } from '../http/exports.ts'
import { apiPath } from '../kernel/urls.ts'
import { type Item, idPattern, mostPerPage, usualPerPage } from './questions.ts'
import { type Filter, itemSchema, listSchema, type Register } from './registers.ts'

const problem = z.strictObject({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  detail: z.string(),
  parameter: z.string().optional().describe('parametern som är fel'),
  requestId: z.string(),
})

const schemaOf = (of: z.ZodType) => {
  const { $schema: _, ...rest } = z.toJSONSchema(of) as Record<string, unknown>
  return rest
}

function valuesOf({ is }: Filter): Record<string, unknown> {
  if (is === 'day') return { type: 'string', format: 'date', pattern: '^[1-9][0-9]{3}-[0-9]{2}-[0-9]{2}$' }
  if (is === 'year') return { type: 'string', pattern: '^(19|20|21)[0-9]{2}$' }
  if (is === 'slug') return { type: 'string', pattern: idPattern }
  return { type: 'string', enum: is }
}

const failed = (description: string) => ({
  description,
  headers: { 'Access-Control-Allow-Origin': { $ref: '#/components/headers/AllowOrigin' } },
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
})

/** What every answer with content tells besides it. */
const answerHeaders = {
  ETag: { $ref: '#/components/headers/ETag' },
  'Access-Control-Allow-Origin': { $ref: '#/components/headers/AllowOrigin' },
}

const headers = {
  ETag: {
    description: 'Innehållets märke: skickas det som If-None-Match blir svaret 304 så länge inget har ändrats.',
    schema: { type: 'string', pattern: '^W/"[A-Za-z0-9_-]+"$' },
  },
  AllowOrigin: {
    description: 'Sidor på alla webbplatser får läsa svaret.',
    required: true,
    schema: { type: 'string', const: '*' },
  },
}

/** What may be answered wherever one asks. */
const always = {
  304: { description: 'Inget har ändrats sedan svaret med den ETag som frågan angav i If-None-Match.' },
  414: failed('Adressen är för lång.'),
  503: failed('Portalen svarar inte just nu. Retry-After säger när det är värt att fråga igen.'),
  default: failed('Allt annat som inte gick.'),
}

/** The operations of a path as every program may count on them: what the rooms describe, and what is the same everywhere. */
function completed(paths: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(paths as Record<string, { get: { responses: Record<string, object> } }>).map(([path, { get }]) => {
      const { 200: found, ...others } = get.responses
      return [path, { get: { ...get, responses: { 200: { ...found, headers: answerHeaders }, ...others, ...always } } }]
    }),
  )
}

/** A list of one, as an example. */
function listOf(root: string, { name }: Register, item: Item) {
  const path = root + apiPath(name)
  return {
    items: [item],
    total: 1,
    limit: usualPerPage,
    offset: 0,
    self: `${path}?limit=${usualPerPage}`,
    next: null,
    csv: `${path}.csv`,
    xlsx: `${path}.xlsx`,
  }
}

/**
 * @param examples the first object of each register, as the API answers it
 * @param discharge the part of the room that owns the figures
 */
export function openApiDocument(
  root: string,
  title: string,
  registers: readonly Register[],
  examples: ReadonlyMap<string, Item>,
  discharge: OpenApiPart,
): Record<string, unknown> {
  const paths: Record<string, unknown> = {}
  const schemas: Record<string, unknown> = { Problem: schemaOf(problem) }
  for (const register of registers) {
    const { type, name, about } = register
    schemas[type] = schemaOf(itemSchema(register))
    schemas[`${type}List`] = schemaOf(listSchema(register))
    const narrowing = [
      ...Object.entries(register.filters).map(([filter, of]) => ({
        name: filter,
        in: 'query',
        description: of.about,
        schema: valuesOf(of),
      })),
      {
        name: 'modifiedSince',
        in: 'query',
        description: 'Bara det som har ändrats från och med tidpunkten (RFC 3339).',
        schema: { type: 'string', format: 'date-time' },
      },
    ]
    const paging = [
      {
        name: 'limit',
        in: 'query',
        description: 'Antal på en sida.',
        schema: { type: 'integer', minimum: 1, maximum: mostPerPage, default: usualPerPage },
      },
      {
        name: 'offset',
        in: 'query',
        description: 'Antal att hoppa över.',
        schema: { type: 'integer', minimum: 0, maximum: 1_000_000, default: 0 },
      },
    ]
    const example = examples.get(name)
    paths[apiPath(name)] = {
      get: {
        operationId: `list-${name}`,
        summary: register.title,
        description: about,
        parameters: [...narrowing, ...paging],
        responses: {
          200: {
            description: 'En sida av registret',
            content: {
              'application/json': {
                schema: { $ref: `#/components/schemas/${type}List` },
                ...(example === undefined ? {} : { example: listOf(root, register, example) }),
              },
            },
          },
          400: failed('Frågan gick inte att läsa. `parameter` säger vad som är fel.'),
        },
      },
    }
    paths[`${apiPath(name)}/{id}`] = {
      get: {
        operationId: `get-${name}`,
        summary: `${register.title}: ett objekt`,
        parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'string', minLength: 1 } }],
        responses: {
          200: {
            description: 'Objektet',
            content: {
              'application/json': {
                schema: { $ref: `#/components/schemas/${type}` },
                ...(example === undefined ? {} : { example }),
              },
            },
          },
          400: failed('En parameter som inte finns.'),
          404: failed('Objektet finns inte.'),
        },
      },
    }
    for (const [ending, media] of [
      ['csv', 'text/csv'],
      ['xlsx', xlsxType],
    ] as const) {
      paths[`${apiPath(name)}.${ending}`] = {
        get: {
          operationId: `${ending}-${name}`,
          summary: `${register.title} som fil`,
          parameters: narrowing,
          responses: {
            200: { description: 'Filen', content: { [media]: { schema: { type: 'string', format: 'binary' } } } },
            400: failed('Frågan gick inte att läsa.'),
          },
        },
      }
    }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: `${title}: öppna data`,
      version: '1',
      description:
        'Allt som är offentligt i portalens register. Personer och uppdrag har namn enligt Popolo. Uppgifter om kommuner med få vårdtillfällen visas inte (suppressed). Kronor är preliminära och inte faktureringsunderlag.',
      license: { name: 'CC0 1.0', url: 'https://creativecommons.org/publicdomain/zero/1.0/' },
    },
    servers: [{ url: root }],
    paths: completed({ ...paths, ...discharge.paths }),
    components: { schemas: { ...schemas, ...discharge.schemas }, headers },
  }
}

/** What a column of a file can hold. */
export const episodeColumns = ['municipality', 'administration', 'ready', 'discharged', 'episode'] as const
export const summaryColumns = ['municipality', 'administration', 'period', 'episodes', 'days', 'lateDays'] as const
export type ColumnRole = (typeof episodeColumns)[number] | (typeof summaryColumns)[number]

export type FileKind = 'episodes' | 'summaries'

/** Which column (from 0) holds what. Roles that are left out are not in the file. */
export type Columns = Readonly<Partial<Record<ColumnRole, number>>>

export type Layout = { kind: FileKind; columns: Columns }

/** The roles that a file of each kind must have. */
export const neededColumns: Readonly<Record<FileKind, readonly ColumnRole[]>> = {
  episodes: ['municipality', 'administration', 'ready', 'discharged'],
  summaries: ['municipality', 'administration', 'period', 'episodes', 'days'],
}

const synonyms: Readonly<Record<ColumnRole, readonly string[]>> = {
  municipality: [
    'kommun',
    'hemkommun',
    'kommunnamn',
    'kommunkod',
    'folkbokforingskommun',
    'bostadskommun',
    'municipality',
  ],
  administration: ['forvaltning', 'forvaltningskod', 'administration'],
  ready: [
    'utskrivningsklar',
    'utskrivningsklardatum',
    'datumutskrivningsklar',
    'utskrivningsklarden',
    'utskrklar',
    'dischargeready',
    'readydate',
    'ready',
  ],
  discharged: [
    'utskriven',
    'utskrivningsdatum',
    'utskrivendatum',
    'datumutskriven',
    'utskrivning',
    'dischargedate',
    'discharged',
  ],
  episode: ['vardtillfalle', 'vardtillfalleid', 'vardtillfallesid', 'vtfid', 'episodeid', 'episode'],
  period: ['period', 'manad', 'kvartal', 'month', 'quarter'],
  episodes: [
    'antal',
    'antalvardtillfallen',
    'vardtillfallen',
    'utskrivnalankadeslutenvardstillfallen',
    'episodes',
    'count',
  ],
  days: ['dagar', 'utskrivningsklaradagar', 'summadagar', 'antaldagar', 'summautskrivningsklaradagar', 'days'],
  lateDays: [
    'dagarfrandagfyra',
    'dagarfrandag4',
    'dagarfranochmeddagfyra',
    'dagarfranochmeddag4',
    'betalningsdagar',
    'latedays',
  ],
}

const roleOf = new Map(
  Object.entries(synonyms).flatMap(([role, names]) => names.map((name) => [name, role as ColumnRole] as const)),
)

/** A header as it is compared: small letters a–z and digits only, å and ä as a, ö as o. */
export function plainHeader(header: string): string {
  return header
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '')
}

/** The layout that the headers name by themselves, or null when it must be asked for. */
export function layoutOf(headers: readonly string[]): Layout | null {
  const roles = headers.map((header) => roleOf.get(plainHeader(header)) ?? null)
  for (const kind of ['episodes', 'summaries'] as const) {
    const own: readonly ColumnRole[] = kind === 'episodes' ? episodeColumns : summaryColumns
    const found = own.filter((role) => roles.includes(role))
    const twice = own.some((role) => roles.indexOf(role) !== roles.lastIndexOf(role))
    if (!twice && neededColumns[kind].every((role) => found.includes(role))) {
      return { kind, columns: Object.fromEntries(found.map((role) => [role, roles.indexOf(role)])) }
    }
  }
  return null
}

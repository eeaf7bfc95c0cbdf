import { readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { Kysely } from 'kysely'
import { change, systemActor } from '../audit/work.ts'
import type { Database, Reader } from '../db/database.ts'
import { largestFile } from '../documents/file-rules.ts'
import { holdsPersonalNumber } from '../kernel/personal-number.ts'
import { protocolImportPath } from '../kernel/urls.ts'
import { keepImport, type ReadFile } from './drafts.ts'
import { type Proposal, readProtocol } from './protocol.ts'
import { readSource, troubleText, type Unread } from './read-source.ts'
import { proposeMeeting } from './registers.ts'
import { warningText } from './texts.ts'

export type ProtocolOutcome = { code: 0 | 2; lines: string[]; data: Record<string, unknown> }

/** Keeps a file that was read for the page to go on with. @returns its address there */
export type Keep = (file: ReadFile) => Promise<string>

/** Keeps in the database, as the portal itself. @param origin what addresses begin with */
export const keepIn =
  (db: Kysely<Database>, origin: string): Keep =>
  async (file) => {
    const { id } = await change(db, systemActor, (work) => keepImport(work, file))
    return origin + protocolImportPath(id)
  }

/**
 * Reads one file, or every file of a folder, and tells what it would become.
 * @param db the registers; null when they cannot be reached, which is a warning
 * @param keep where what was read is kept; null: nothing is written
 */
export async function importProtocol(
  db: Reader | null,
  path: string,
  keep: Keep | null = null,
): Promise<ProtocolOutcome> {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (stat === undefined)
    return { code: 2, lines: [`Det finns ingen fil ${path}.`], data: { error: 'Filen finns inte.' } }
  if (!stat.isDirectory()) {
    const read = await readOne(db, path, stat.size, keep)
    if ('trouble' in read) {
      const text = troubleText(read)
      return { code: 2, lines: [`${basename(path)}: ${text}`], data: { error: text, code: read.trouble } }
    }
    return {
      code: 0,
      lines: [...reportOf(basename(path), read.proposal), whereText(read.address)],
      data: read.proposal,
    }
  }
  const names = readdirSync(path)
    .filter((name) => !name.startsWith('.'))
    .sort((a, b) => a.localeCompare(b, 'sv'))
  const lines: string[] = []
  const files: Record<string, unknown>[] = []
  let read = 0
  for (const name of names) {
    const file = join(path, name)
    const about = statSync(file)
    if (!about.isFile()) continue
    const one = await readOne(db, file, about.size, keep)
    if ('trouble' in one) {
      lines.push(`${name}: ${troubleText(one)}`, '')
      files.push({ file: name, error: troubleText(one), code: one.trouble })
    } else {
      read += 1
      lines.push(...reportOf(name, one.proposal), whereText(one.address), '')
      files.push({ file: name, ...one.proposal })
    }
  }
  lines.push(`${read} av ${files.length} filer blev förslag.`)
  return { code: read > 0 ? 0 : 2, lines, data: { files } }
}

const whereText = (address: string | null) =>
  address === null ? '  Inget är sparat.' : `  Granska och skapa mötet: ${address}`

async function readOne(
  db: Reader | null,
  path: string,
  size: number,
  keep: Keep | null,
): Promise<{ proposal: Proposal; address: string | null } | Unread> {
  if (size > largestFile) return { trouble: 'too-large' }
  const name = basename(path)
  if (holdsPersonalNumber(name.replace(/\.[A-Za-z0-9]+$/, ''))) return { trouble: 'personal-number' }
  const bytes = readFileSync(path)
  const source = await readSource(bytes, name)
  if ('trouble' in source) return source
  if (db !== null) {
    const { proposal } = await proposeMeeting(db, source)
    return { proposal, address: keep === null ? null : await keep({ name, bytes, source }) }
  }
  const proposal = readProtocol(source)
  proposal.warnings.push({ code: 'registers_unavailable', level: 'warn' })
  return { proposal, address: null }
}

/** The proposal in words, for whoever reads the command's answer. */
export function reportOf(name: string, proposal: Proposal): string[] {
  const { members, others } = proposal.attendance
  return [
    `${name}: ${proposal.body ?? 'okänt organ'} ${proposal.date ?? 'utan datum'}, ${proposal.pages} sidor`,
    ...proposal.sections.map(({ title, body }) => `  ${title ?? '(utan rubrik)'}: ${body.length} stycken`),
    ...proposal.items.flatMap((item) => [
      `  ${item.no}. ${item.title}`,
      ...item.presenters.map(
        (one) => `     föredras av ${[one.name, one.title, one.organisation].filter(Boolean).join(', ')}`,
      ),
      ...item.decisions.map((one) => `     beslut ${one.id} (${one.kind}): ${one.raw}`),
      ...item.subItems.flatMap((sub) => [
        `     ${sub.ref} ${sub.title}${sub.owningBody === null ? '' : ` (${sub.owningBody})`}`,
        ...sub.decisions.map((one) => `        beslut ${one.id} (${one.kind}): ${one.raw}`),
      ]),
    ]),
    `  Närvarande ledamöter: ${members.length}, övriga: ${others.length}`,
    ...proposal.warnings.map((warning) => `  ${warning.level === 'warn' ? 'Obs' : 'Not'}: ${warningText(warning)}`),
  ]
}

import { readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { Reader } from '../db/database.ts'
import { largestFile } from '../documents/file-rules.ts'
import { type Proposal, readProtocol } from './protocol.ts'
import { readSource, type SourceTrouble, sourceTroubles } from './read-source.ts'
import { proposeMeeting } from './registers.ts'
import { warningText } from './texts.ts'

export type ProtocolOutcome = { code: 0 | 2; lines: string[]; data: Record<string, unknown> }

/**
 * Reads one file, or every file of a folder, and tells what it would become. Writes nothing.
 * @param db the registers; null when they cannot be reached, which is a warning
 */
export async function importProtocol(db: Reader | null, path: string): Promise<ProtocolOutcome> {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (stat === undefined)
    return { code: 2, lines: [`Det finns ingen fil ${path}.`], data: { error: 'Filen finns inte.' } }
  if (!stat.isDirectory()) {
    const read = await readOne(db, path, stat.size)
    if ('trouble' in read) {
      const text = sourceTroubles[read.trouble]
      return { code: 2, lines: [`${basename(path)}: ${text}`], data: { error: text, code: read.trouble } }
    }
    return { code: 0, lines: reportOf(basename(path), read), data: read }
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
    const one = await readOne(db, file, about.size)
    if ('trouble' in one) {
      lines.push(`${name}: ${sourceTroubles[one.trouble]}`, '')
      files.push({ file: name, error: sourceTroubles[one.trouble], code: one.trouble })
    } else {
      read += 1
      lines.push(...reportOf(name, one), '')
      files.push({ file: name, ...one })
    }
  }
  lines.push(`${read} av ${files.length} filer blev förslag. Inget är sparat.`)
  return { code: read > 0 ? 0 : 2, lines, data: { files } }
}

async function readOne(db: Reader | null, path: string, size: number): Promise<Proposal | { trouble: SourceTrouble }> {
  if (size > largestFile) return { trouble: 'too-large' }
  const source = await readSource(readFileSync(path))
  if ('trouble' in source) return source
  if (db !== null) return (await proposeMeeting(db, source)).proposal
  const proposal = readProtocol(source)
  proposal.warnings.push({ code: 'registers_unavailable', level: 'warn' })
  return proposal
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

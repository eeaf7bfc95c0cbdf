/** Tables as files that spreadsheets read: one writer for the whole portal. */
/** A cell of an exported table: a text, a whole number, a decimal ('0.3296') or nothing. */
export type ExportCell = string | number | { decimal: string } | null
export type ExportTable = {
  /** The file's name without its ending. */
  name: string
  /** What the sheet is called; what spreadsheets take no names of is left out. */
  sheet: string
  /** What a spreadsheet says above everything else; null: nothing. */
  notice: string | null
  headers: readonly string[]
  rows: readonly (readonly ExportCell[])[]
}

export const xlsxType = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'

/**
 * Text that a spreadsheet would take for a formula is told to be text: also in full width, as East Asian keyboards write
 * the signs, and after blanks that some leave out.
 */
export const harmless = (text: string) => (/^[=+\-@＝＋－＠\t\r\n\u00a0]/.test(text) ? `'${text}` : text)

/** CSV as Swedish spreadsheets read it: semicolons, decimal comma, UTF-8 with its mark. */
export function csvOf({
  headers,
  rows,
}: Omit<ExportTable, 'name' | 'sheet' | 'notice'> & Partial<ExportTable>): string {
  const text = (cell: ExportCell) => {
    if (cell === null) return ''
    if (typeof cell === 'number') return String(cell)
    if (typeof cell === 'object') return cell.decimal.replace('.', ',')
    const safe = harmless(cell)
    return /[";\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
  }
  return `\ufeff${[headers, ...rows].map((cells) => cells.map(text).join(';')).join('\r\n')}\r\n`
}

/** What spreadsheets call a sheet: at most 31 characters, none of those that their formulas have a meaning for. */
export function sheetName(text: string): string {
  const allowed = text.replace(/[[\]/\\:*?\p{Cc}]+/gu, ' ').trim()
  // A sign that is cut in two is none.
  const short = allowed.slice(0, 31).replace(/\p{Cs}/gu, '')
  return short.replace(/^['\s]+|['\s]+$/g, '') || 'Blad1'
}

export async function xlsxOf({ sheet, notice, headers, rows }: ExportTable): Promise<Buffer> {
  // Loaded with the first file: most readers take none.
  const { default: writeXlsxFile } = await import('write-excel-file/node')
  return await writeXlsxFile(
    [
      ...(notice === null ? [] : [[{ value: notice, fontWeight: 'bold' as const }]]),
      headers.map((value) => ({ value, fontWeight: 'bold' as const })),
      ...rows.map((cells) =>
        cells.map((cell) => {
          if (cell === null || cell === '') return null
          if (typeof cell === 'object') return { value: Number(cell.decimal), type: Number, format: '0.0000' }
          return typeof cell === 'number'
            ? { value: cell, type: Number, format: '0' }
            : { value: harmless(cell), type: String }
        }),
      ),
    ],
    { sheet: sheetName(sheet), columns: headers.map((header) => ({ width: Math.max(12, header.length) })) },
  ).toBuffer()
}

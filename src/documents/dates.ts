/** A document's dates in words. */
import { type Day, dateText, type Precision } from '../kernel/dates.ts'
import type { listDocuments } from './queries.ts'

/** A date as vague as it is known; null when there is none. */
export function vague(on: string | null, precision: Precision | null): string | null {
  return on === null ? null : dateText(on as Day, precision ?? 'day')
}

type DocumentDates = Pick<
  Awaited<ReturnType<typeof listDocuments>>[number],
  | 'in_force'
  | 'in_force_precision'
  | 'revision_due_on'
  | 'revision_due_precision'
  | 'last_revised_on'
  | 'last_revised_precision'
>

/** 'ska revideras senast 31 december 2027, senast reviderad 2021', or nothing. */
export function revisionText(document: DocumentDates): string {
  const due = vague(document.revision_due_on, document.revision_due_precision)
  const last = vague(document.last_revised_on, document.last_revised_precision)
  return [due && `ska revideras senast ${due}`, last && `senast reviderad ${last}`].filter(Boolean).join(', ')
}

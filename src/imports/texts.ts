import type { Warning } from './protocol.ts'

const warnings: Record<string, string> = {
  no_title: 'Titelraden med organ och datum hittades inte',
  number_gap: 'En punkt saknas i numreringen före punkten',
  unknown_decision_verb: 'Beslutsmeningen har ingen verkan som portalen känner',
  decision_by_other_body: 'En beslutsmening av ett annat organ är kvar som text',
  soft_position: 'Kan vara ett ställningstagande; avgör själv',
  type_unsure: 'Punkten verkar vara en dialog; avgör själv',
  duplicate_sub_title: 'Flera underpunkter har samma rubrik',
  no_organisation: 'Ingen organisation står vid namnet',
  unread_line: 'En rad i närvaron gick inte att läsa',
  unmatched_urls: 'Länkar på sidan har inga säkra ord',
  unknown_organisation: 'Organisationer som inte finns i registret',
  title_typo_suspected: 'En titel kan vara felskriven',
  missing_attendance: 'Ingen närvaro hittades',
  other_layout: 'Filen har inte protokollets form; bara rubriker och text',
  unknown_body: 'Organet finns inte i registret',
  unknown_group: 'Grupper som inte finns i registret',
  meeting_exists: 'Mötet finns redan',
  unknown_person: 'Personer som inte finns i registret',
  ambiguous_person: 'Flera personer bär namnet; ingen är vald',
  registers_unavailable: 'Registren gick inte att nå, så inget är jämfört med dem',
}

/** A warning in words. */
export function warningText({ code, item, ref, page, values }: Warning): string {
  const where =
    ref !== undefined
      ? ` (${ref})`
      : item !== undefined
        ? ` (punkt ${item})`
        : page !== undefined
          ? ` (sida ${page})`
          : ''
  return `${warnings[code] ?? code}${where}${values ? `: ${values.join('; ')}` : ''}`
}

const leftovers: Record<string, string> = {
  page_marker: 'sidmarkering',
  repeated_title: 'upprepad titel',
  before_first_item: 'står före första punkten',
  label: 'ledord före föredragande',
  unread_line: 'rad i närvaron som inte gick att läsa',
  unmatched_url: 'adress utan säkra ord',
}

/** Why words stand outside the proposal. */
export const leftoverText = (reason: string): string => leftovers[reason] ?? reason

import type {
  AttendanceCapacity,
  BodyKind,
  Certainty,
  MembershipRole,
  RequirementDimension,
  SeatLevel,
} from '../db/schema.ts'
import type { Tag } from '../http/parts.ts'

export const unknownText = 'Framgår inte'
export const unknownStart = 'startdatum framgår inte'

/** Marks what the sources do not state. */
export const certaintyTags: Record<Certainty, Tag | null> = {
  stated: null,
  derived: { tone: 'neutral', text: 'härledd' },
  uncertain: { tone: 'warning', text: 'osäker' },
}

export const roleNames: Record<MembershipRole, string> = {
  chair: 'ordförande',
  vice_chair: 'vice ordförande',
  member: 'ledamot',
  substitute: 'ersättare',
  representative: 'representant',
  service_user_representative: 'brukarrepresentant',
  coordinator: 'samordnare',
  development_lead: 'utvecklingsledare',
  process_lead: 'processledare',
  project_lead: 'projektledare',
  convener: 'sammankallande',
}

/** The order in which roles are listed in a group. */
export const roleOrder: readonly MembershipRole[] = [
  'chair',
  'vice_chair',
  'member',
  'representative',
  'service_user_representative',
  'substitute',
  'coordinator',
  'development_lead',
  'process_lead',
  'project_lead',
  'convener',
]

export const attendanceNames: Record<AttendanceCapacity, string> = {
  member: 'Ledamot',
  substitute: 'Ersättare',
  other: 'Övrig deltagare',
}

export const plannedTag: Tag = { tone: 'neutral', text: 'ska bildas' }

export const coverageTags: Record<'yes' | 'partly' | 'unknown', Tag> = {
  yes: { tone: 'good', text: 'uppfyllt' },
  partly: { tone: 'warning', text: 'delvis' },
  unknown: { tone: 'neutral', text: 'går inte att säga' },
}

export const bodyKindNames: Record<BodyKind, { one: string; many: string }> = {
  leadership: { one: 'Ledningsgrupp', many: 'Länsgemensam ledning' },
  presidium: { one: 'Presidium', many: 'Presidium' },
  conference: { one: 'Konferens', many: 'Konferenser' },
  forum: { one: 'Forum', many: 'Forum' },
  preparatory: { one: 'Beredning', many: 'Beredning' },
  coordinating_group: { one: 'Samordnande grupp', many: 'Samordnande grupper' },
  collaboration_area_group: { one: 'Samverkansområdesgrupp', many: 'Samverkansområdesgrupper' },
  support_function: { one: 'Stödfunktion', many: 'Stödfunktioner' },
  working_group: { one: 'Arbetsgrupp', many: 'Arbetsgrupper' },
  local_group: { one: 'Lokal grupp', many: 'Lokala grupper' },
  network: { one: 'Nätverk', many: 'Nätverk' },
  external: { one: 'Externt organ', many: 'Externa organ' },
}

/** The kinds that are listed together. */
export const bodyFamilies: readonly { title: string; anchor: string; kinds: readonly BodyKind[] }[] = [
  {
    title: 'Ledning, politik och stöd',
    anchor: 'ledning',
    kinds: ['leadership', 'presidium', 'conference', 'forum', 'preparatory', 'support_function'],
  },
  { title: 'Samordnande grupper', anchor: 'samordnande-grupper', kinds: ['coordinating_group'] },
  { title: 'Samverkansområdesgrupper', anchor: 'samverkansomradesgrupper', kinds: ['collaboration_area_group'] },
  { title: 'Arbetsgrupper', anchor: 'arbetsgrupper', kinds: ['working_group'] },
  { title: 'Lokala grupper och nätverk', anchor: 'lokala-grupper-och-natverk', kinds: ['local_group', 'network'] },
  { title: 'Externa organ', anchor: 'externa-organ', kinds: ['external'] },
]

export const requirementNames: Record<RequirementDimension, string> = {
  authority: 'Huvudman och organisation',
  geography: 'Geografi',
  size: 'Kommunstorlek',
  function: 'Funktion',
  other: 'Övrigt',
}

export const seatLevelNames: Record<SeatLevel, string> = {
  elected: 'förtroendevald',
  civil_servant: 'tjänsteperson',
  support: 'stöd',
  service_user: 'brukare',
}

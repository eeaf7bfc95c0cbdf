import type { OrganisationKind } from '../db/schema.ts'

export const organisationKindNames: Record<OrganisationKind, string> = {
  municipality: 'Kommun',
  region: 'Region',
  administration: 'Förvaltning',
  association: 'Förbund',
  federation: 'Kommunalförbund',
  unit: 'Enhet',
  external: 'Annan organisation',
}

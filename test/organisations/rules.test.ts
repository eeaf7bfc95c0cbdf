import { expect, test } from 'vitest'
import { partyAt, withParts } from '../../src/organisations/rules.ts'

const region = { id: 1, parent_id: null, slug: 'rxl', short_name: 'Region Exempellän', is_party: true }
const administration = { id: 2, parent_id: 1, slug: 'rxl-hsf', short_name: 'HSF', is_party: false }
const unit = { id: 3, parent_id: 2, slug: 'rxl-klinik', short_name: 'kliniken', is_party: false }
const municipality = { id: 4, parent_id: null, slug: 'ovre-testby', short_name: 'Övre Testby', is_party: true }
const all = [region, administration, unit, municipality]

test('the region is itself, its administrations and their units', () => {
  expect(withParts(all, 1)).toEqual([region, administration, unit])
  expect(withParts(all, 4)).toEqual([municipality])
  expect(withParts(all, 99)).toEqual([])
})

test('a party is found at its short name and at its slug; what is no party is not', () => {
  expect(partyAt(all, 'region-exempellan')).toBe(region)
  expect(partyAt(all, 'rxl')).toBe(region)
  expect(partyAt(all, 'ovre-testby')).toBe(municipality)
  expect(partyAt(all, 'rxl-hsf')).toBeUndefined()
})

import { expect, test } from 'vitest'
import { freshDatabase, urlsOf } from '../support/database.ts'
import { generateTypes } from '../support/schema-types.ts'

test('the table types are those of the migrations; npm run schema writes them', async () => {
  const db = await freshDatabase()
  expect(generateTypes(urlsOf(db).ownerUrl, '--verify')).toMatchObject({ ok: true })
})

import type { Config } from '../config.ts'
import { type Day, dayText } from '../kernel/dates.ts'
import { documentPath, reportLink } from '../kernel/urls.ts'
import type { LetterWriters } from '../mail/letters.ts'
import { makeMailedLink } from '../mail/mailed-links.ts'

/** Asks a party how it stands on a document. */
export const positionLetter = 'party.position-link'

export function documentLetters(config: Config): LetterWriters {
  const { name: site } = config.site
  const origin = config.publicOrigin + config.basePath
  return {
    async [positionLetter](db, details) {
      const document = await db
        .selectFrom('document')
        .select(['id', 'slug', 'title'])
        .where('id', '=', Number(details.documentId))
        .executeTakeFirst()
      const party = await db
        .selectFrom('organisation')
        .select(['id', 'name'])
        .where('id', '=', Number(details.organisationId))
        .executeTakeFirst()
      if (!document || !party || typeof details.address !== 'string') return null
      const validUntil = details.validUntil as Day
      const token = await makeMailedLink(
        db,
        { purpose: 'party_position', documentId: document.id, organisationId: party.id },
        { sentBy: String(details.by), validUntil },
      )
      return {
        to: details.address,
        subject: `Hur står ${party.name} till ${document.title}? – ${site}`,
        text: `${[
          'Hej!',
          `Har ${party.name} beslutat om ${document.title}? Fyll i läget, datum, paragraf och gärna en länk till beslutet:`,
          origin + reportLink(token),
          `Du behöver inte logga in. Länken fungerar en gång och till och med ${dayText(validUntil)}. Det du skriver blir offentligt: ${origin}${documentPath(document.slug)}`,
          `${site}\n${origin}/`,
        ].join('\n\n')}\n`,
      }
    },
  }
}

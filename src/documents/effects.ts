import type { Reader } from '../db/database.ts'
import { parseRange, rangeText } from '../db/ranges.ts'
import {
  type Effect,
  type EffectHandler,
  effectiveDay,
  firstBy,
  type RegisterChange,
  statesBy,
} from '../effects/effect.ts'
import { type Day, dayText } from '../kernel/dates.ts'
import { documentPath } from '../kernel/urls.ts'

async function documentOf(db: Reader, effect: Effect) {
  return db
    .selectFrom('document')
    .select(['id', 'slug', 'title', 'state'])
    .where('id', '=', effect.document_id)
    .executeTakeFirstOrThrow()
}

/** The version in force when the new one comes, or the one that the effect ended. */
async function previousVersion(db: Reader, effect: Effect) {
  return db
    .selectFrom('document_version')
    .select(['id', 'label', 'valid'])
    .where('document_id', '=', effect.document_id)
    .where('adopted_effect_id', 'is distinct from', effect.id)
    .orderBy('valid', 'desc')
    .executeTakeFirst()
}

function versionLabel(effect: Effect): string {
  return (effect.details as { version?: string }).version ?? `Beslutad ${dayText(effect.decided_on)}`
}

/** Which version of a document is adopted. */
export const documentEffects: EffectHandler = {
  kinds: ['document_adopted'],

  async check(db, effect) {
    const previous = await previousVersion(db, effect)
    const from = previous && parseRange(previous.valid).from
    if (from && from >= effectiveDay(effect)) {
      return [{ code: 'later-version', text: `Versionen ${previous.label} gäller redan från ${dayText(from)}.` }]
    }
    return []
  },

  async preview(db, effect) {
    const { slug, title } = await documentOf(db, effect)
    const previous = await previousVersion(db, effect)
    return [
      {
        register: 'document',
        subject: title,
        path: documentPath(slug),
        before: previous?.label ?? 'inte antagen',
        after: `${versionLabel(effect)}, gäller från ${dayText(effectiveDay(effect))}`,
      },
    ]
  },

  async carryOut(work, effect) {
    const { trx } = work
    const document = await documentOf(trx, effect)
    const changes: RegisterChange[] = []
    const previous = await previousVersion(trx, effect)
    if (previous && parseRange(previous.valid).to === null) {
      const valid = rangeText({ from: parseRange(previous.valid).from, to: effectiveDay(effect) })
      await trx.updateTable('document_version').set({ valid }).where('id', '=', previous.id).execute()
      changes.push({
        register: 'document_version',
        rowId: previous.id,
        before: { valid: previous.valid },
        after: { valid },
      })
    }
    const row = {
      document_id: document.id,
      label: versionLabel(effect),
      valid: rangeText({ from: effectiveDay(effect), to: null }),
    }
    const { id } = await trx
      .insertInto('document_version')
      .values({ ...row, adopted_effect_id: effect.id, provenance_id: effect.provenance_id })
      .returning('id')
      .executeTakeFirstOrThrow()
    changes.push({ register: 'document_version', rowId: id, before: null, after: row })
    await trx
      .updateTable('document')
      .set({ state: 'adopted', adopted_effect_id: effect.id })
      .where('id', '=', document.id)
      .execute()
    changes.push({
      register: 'document',
      rowId: document.id,
      before: { state: document.state },
      after: { state: 'adopted' },
    })
    return changes
  },

  clause: ({ document_title }) => `anta ${document_title}`,

  async statesOn(db, effects, day) {
    const ids = [...new Set(effects.flatMap(({ document_id }) => document_id ?? []))]
    if (ids.length === 0) return new Map()
    const versions = await db
      .selectFrom('document_version')
      .leftJoin('effect', 'effect.id', 'document_version.adopted_effect_id')
      .leftJoin('decision', 'decision.id', 'effect.decision_id')
      .select([
        'document_version.document_id',
        'document_version.adopted_effect_id',
        'document_version.valid',
        'decision.slug',
        'decision.decided_on',
      ])
      .where('document_version.document_id', 'in', ids)
      .orderBy('document_version.id')
      .execute()
    const versionOf = firstBy(versions, ({ adopted_effect_id }) => adopted_effect_id)
    const versionsOf = Map.groupBy(versions, ({ document_id }) => document_id)
    return statesBy(effects, (effect) => {
      const version = versionOf.get(effect.id)
      if (!version) return { state: 'none' }
      const { from, to } = parseRange(version.valid)
      if (from !== null && day < from) return { state: 'coming', on: from }
      if (to === null || day < to) return { state: 'in_force' }
      const next = versionsOf.get(version.document_id) ?? []
      const successor = next.find(({ valid, slug }) => slug !== null && parseRange(valid).from === to)
      if (!successor?.slug) return { state: 'ended', on: to }
      return { state: 'replaced', on: to, replacedBy: { slug: successor.slug, decidedOn: successor.decided_on as Day } }
    })
  },
}

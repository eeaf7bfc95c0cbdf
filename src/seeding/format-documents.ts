import { z } from 'zod'
import { date, ground, links, ownGround, slug, wholeDay, words } from './fact-file.ts'

/** Named organisations, or by kind among those that are parties of the agreements. */
const parties = z.union([z.enum(['all', 'municipalities', 'regions']), z.array(slug).min(1)])

const version = z.strictObject({ label: words, from: wholeDay, to: wholeDay.optional(), ...ground })

const document = z.strictObject({
  slug,
  title: words,
  kind: z.enum([
    'agreement',
    'guideline',
    'strategy',
    'joint_plan',
    'action_plan',
    'memo',
    'assignment_description',
    'model',
    'slide_deck',
    'material',
    'care_programme',
    'matrix',
    'law',
    'national_strategy',
    'national_agreement',
    'national_framework',
    'report',
    'cover_letter',
  ]),
  state: z.enum([
    'in_force',
    'adopted',
    'completed',
    'under_revision',
    'being_introduced',
    'in_use',
    'draft',
    'being_prepared',
    'planned',
    'affected',
    'unknown',
  ]),
  stateText: words.optional(),
  summary: words.optional(),
  owner: words.optional(),
  ownerBody: slug.optional(),
  national: z.boolean().default(false),
  dated: date.optional(),
  inForce: z.strictObject({ from: date, to: date.optional() }).optional(),
  lastRevised: date.optional(),
  revisionDue: date.optional(),
  revisionText: words.optional(),
  parties: z.strictObject({ who: parties, ...ground }).optional(),
  versions: z.array(version).default([]),
  matters: z.array(slug).default([]),
  links,
  ...ownGround,
})

/** documents.json: agreements, guidelines, strategies, laws and the like, with their parties. */
export const documentsFile = z.array(document)
export type DocumentFacts = z.output<typeof document>
export type Parties = z.output<typeof parties>

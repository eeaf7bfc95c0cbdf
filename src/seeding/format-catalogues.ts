import { z } from 'zod'
import { ground, ownGround, slug, webAddress, words } from './fact-file.ts'

/** change-model.json: how larger changes are introduced (ordnat införande). */
export const changeModelFile = z.strictObject({
  summary: words,
  state: words.optional(),
  draft: z.boolean(),
  /** Where the model itself is followed. */
  matter: slug.optional(),
  steps: z.array(z.strictObject({ slug, title: words, description: words.optional(), ...ground })).min(1),
  questions: z
    .array(
      z.strictObject({
        slug,
        heading: words,
        question: words,
        hint: words.optional(),
        /** The step by which it should be answered. */
        step: slug.optional(),
        ...ground,
      }),
    )
    .default([]),
  levels: z.array(z.strictObject({ slug, title: words, scale: words, decidedBy: words, ...ground })).default([]),
  ...ownGround,
})

/** catalogues.json: what there is of shared data and the like, with its owner and limits. */
export const cataloguesFile = z.array(
  z.strictObject({
    slug,
    title: words,
    summary: words,
    matter: slug.optional(),
    body: slug.optional(),
    document: slug.optional(),
    entries: z.array(
      z.strictObject({
        slug,
        title: words,
        summary: words,
        origin: words.optional(),
        owner: words.optional(),
        limits: words.optional(),
        url: webAddress.optional(),
        ...ground,
      }),
    ),
    ...ownGround,
  }),
)

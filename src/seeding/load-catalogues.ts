import type { Work } from '../audit/work.ts'
import { at, groundOf, readFactFile } from './fact-file.ts'
import { FactsError, type References } from './facts.ts'
import { cataloguesFile, changeModelFile } from './format-catalogues.ts'
import { each } from './format-read.ts'

/** Loads change-model.json. Without the file there is no model, until somebody writes one in the portal. @throws FactsError */
export async function loadChangeModel(work: Work, refs: References, folder: string): Promise<void> {
  const file = await readFactFile(folder, 'change-model.json', changeModelFile)
  if (file === null) return
  const { trx } = work
  await at('change-model.json', async () => {
    await trx
      .insertInto('change_model')
      .values({
        summary: file.summary,
        state_text: file.state ?? null,
        is_draft: file.draft,
        matter_id: await refs.idOrNull('matter', file.matter),
        provenance_id: await refs.provenance(groundOf(file, file)),
      })
      .execute()
  })
  const steps = new Map<string, number>()
  await each('change-model.json: steps', file.steps, async (step, index) => {
    const { id } = await trx
      .insertInto('change_step')
      .values({
        slug: step.slug,
        title: step.title,
        description: step.description ?? null,
        position: index + 1,
        provenance_id: await refs.provenance(groundOf(step, file)),
      })
      .returning('id')
      .executeTakeFirstOrThrow()
    steps.set(step.slug, id)
  })
  await each('change-model.json: questions', file.questions, async (question, index) => {
    const step_id = question.step === undefined ? null : steps.get(question.step)
    if (step_id === undefined) throw new FactsError(`there is no step "${question.step}"`)
    await trx
      .insertInto('change_question')
      .values({
        slug: question.slug,
        heading: question.heading,
        question: question.question,
        hint: question.hint ?? null,
        step_id,
        position: index + 1,
        provenance_id: await refs.provenance(groundOf(question, file)),
      })
      .execute()
  })
  await each('change-model.json: levels', file.levels, async (level, index) => {
    await trx
      .insertInto('change_level')
      .values({
        slug: level.slug,
        title: level.title,
        scale: level.scale,
        decided_by: level.decidedBy,
        position: index + 1,
        provenance_id: await refs.provenance(groundOf(level, file)),
      })
      .execute()
  })
  await work.record('change-model.registered', 'change-model/model', {
    steps: file.steps.length,
    questions: file.questions.length,
    levels: file.levels.length,
  })
}

/** Loads catalogues.json, after bodies, matters and documents. Without the file nothing is loaded. @throws FactsError */
export async function loadCatalogues(work: Work, refs: References, folder: string): Promise<void> {
  const file = (await readFactFile(folder, 'catalogues.json', cataloguesFile)) ?? []
  await each('catalogues.json: ', file, async (catalogue, index) => {
    const { id: catalogue_id } = await work.trx
      .insertInto('catalogue')
      .values({
        slug: catalogue.slug,
        title: catalogue.title,
        summary: catalogue.summary,
        matter_id: await refs.idOrNull('matter', catalogue.matter),
        body_id: await refs.idOrNull('body', catalogue.body),
        document_id: await refs.idOrNull('document', catalogue.document),
        position: index + 1,
        provenance_id: await refs.provenance(groundOf(catalogue, catalogue)),
      })
      .returning('id')
      .executeTakeFirstOrThrow()
    await each('entries', catalogue.entries, async (entry, place) => {
      await work.trx
        .insertInto('catalogue_entry')
        .values({
          catalogue_id,
          slug: entry.slug,
          title: entry.title,
          summary: entry.summary,
          origin: entry.origin ?? null,
          owner: entry.owner ?? null,
          limits: entry.limits ?? null,
          url: entry.url ?? null,
          position: place + 1,
          provenance_id: await refs.provenance(groundOf(entry, catalogue)),
        })
        .execute()
    })
    await work.record('catalogue.registered', `catalogue/${catalogue.slug}`, { title: catalogue.title })
  })
}

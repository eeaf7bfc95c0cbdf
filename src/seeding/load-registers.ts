import type { Work } from '../audit/work.ts'
import { rangeText } from '../db/ranges.ts'
import { addDays, type Day, lastDayOf } from '../kernel/dates.ts'
import { groundOf } from './fact-file.ts'
import { FactsError, type References } from './facts.ts'
import { type County, each } from './format-read.ts'
import { dated, loadLinks, partyIds } from './load-documents.ts'
import { planPart } from './load-plans.ts'

/** A validity as the files have it: the first and the last day, each left out when not known. */
function validity({ from, to }: { from?: Day | undefined; to?: Day | undefined }): string {
  return rangeText({ from: from ?? null, to: to === undefined ? null : addDays(to, 1) })
}

export async function loadSources(work: Work, county: County) {
  await each('sources.json: ', county.sources, async ({ code, title, kind, quality, url }) => {
    await work.trx
      .insertInto('source')
      .values({ code, title, kind, quality: quality ?? null, url: url ?? null })
      .execute()
  })
}

export async function loadThemes(work: Work, county: County) {
  await each('themes.json: ', county.themes, async ({ slug, name }, index) => {
    await work.trx
      .insertInto('theme')
      .values({ slug, name, position: index + 1 })
      .execute()
  })
}

/** An organisation that another is part of stands before it in the file. */
export async function loadOrganisations(work: Work, refs: References, county: County) {
  const { trx } = work
  await each('organisations.json: ', county.organisations, async (organisation, index) => {
    const { id } = await trx
      .insertInto('organisation')
      .values({
        slug: organisation.slug,
        name: organisation.name,
        short_name: organisation.shortName,
        kind: organisation.kind,
        parent_id: await refs.idOrNull('organisation', organisation.parent),
        municipal_code: organisation.municipalCode ?? null,
        is_party: organisation.isParty,
        position: index + 1,
        care_kind: organisation.careKind ?? null,
        note: organisation.remark ?? null,
        valid: validity(organisation),
        provenance_id: await refs.provenance(groundOf(organisation, organisation)),
      })
      .returning('id')
      .executeTakeFirstOrThrow()
    await each('formerNames', organisation.formerNames, async ({ name, ...dates }) => {
      await trx
        .insertInto('organisation_name')
        .values({ organisation_id: id, name, valid: validity(dates) })
        .execute()
    })
  })
}

export async function loadPersons(work: Work, refs: References, county: County) {
  await each('persons.json: ', county.persons, async (person) => {
    await work.trx
      .insertInto('person')
      .values({
        slug: person.slug,
        name: person.name,
        no_page_because: person.noPageBecause ?? null,
        provenance_id: await refs.provenance(groundOf(person, person)),
      })
      .execute()
  })
}

/** A body that another stands under comes before it in the file; ways of reporting and seats may name any body. */
export async function loadBodies(work: Work, refs: References, county: County) {
  const { trx } = work
  await each('bodies.json: ', county.bodies, async (body, index) => {
    await trx
      .insertInto('body')
      .values({
        slug: body.slug,
        name: body.name,
        short_name: body.shortName,
        kind: body.kind,
        parent_id: await refs.idOrNull('body', body.parent),
        theme_id: await refs.idOrNull('theme', body.theme),
        position: index + 1,
        purpose: body.purpose ?? null,
        composition: body.composition ?? null,
        target_group: body.targetGroup ?? null,
        priority_area: body.priorityArea ?? null,
        phase_text: body.phase ?? null,
        state_text: body.state ?? null,
        function_mailbox: body.functionMailbox ?? null,
        planned: body.planned,
        valid: validity(body),
        provenance_id: await refs.provenance(groundOf(body, body)),
      })
      .execute()
  })
  await each('bodies.json: ', county.bodies, async (body) => {
    const body_id = await refs.id('body', body.slug)
    await each('otherNames', body.otherNames, async ({ name, from, to, remark, ...ground }) => {
      const dated = from !== undefined || to !== undefined
      await trx
        .insertInto('body_name')
        .values({
          body_id,
          name,
          valid: dated ? validity({ from, to }) : null,
          note: remark ?? null,
          provenance_id: await refs.provenance(groundOf(ground, body)),
        })
        .execute()
    })
    await each('reportsTo', body.reportsTo, async (way) => {
      await trx
        .insertInto('body_reporting')
        .values({
          body_id,
          to_body_id: await refs.idOrNull('body', way.body),
          to_text: way.text ?? null,
          how: way.how,
          provenance_id: await refs.provenance(groundOf(way, body)),
        })
        .execute()
    })
    await each('requirements', body.requirements, async ({ dimension, requirement, ...ground }) => {
      await trx
        .insertInto('body_requirement')
        .values({ body_id, dimension, requirement, provenance_id: await refs.provenance(groundOf(ground, body)) })
        .execute()
    })
    await each('seats', body.seats, async (seat, index) => {
      await trx
        .insertInto('seat')
        .values({
          body_id,
          position: index + 1,
          title: seat.title,
          level: seat.level ?? null,
          seats: seat.seats ?? null,
          note: seat.remark ?? null,
          represents_text: seat.representsText ?? null,
          represents_organisation_id: await refs.idOrNull('organisation', seat.representsOrganisation),
          represents_body_id: await refs.idOrNull('body', seat.representsBody),
          each_municipality: seat.eachMunicipality,
          provenance_id: await refs.provenance(groundOf(seat, body)),
        })
        .execute()
    })
    await loadLinks(work, refs, body.links, body, { body_id })
  })
}

export async function loadMatters(work: Work, refs: References, county: County) {
  const { trx } = work
  await each('matters.json: ', county.matters, async (matter, index) => {
    const { id: matter_id } = await trx
      .insertInto('matter')
      .values({
        slug: matter.slug,
        title: matter.title,
        summary: matter.summary ?? null,
        registry_number: matter.registryNumber ?? null,
        state_text: matter.state ?? null,
        body_id: await refs.idOrNull('body', matter.body),
        position: index + 1,
        closed_on: matter.closedOn ?? null,
        provenance_id: await refs.provenance(groundOf(matter, matter)),
      })
      .returning('id')
      .executeTakeFirstOrThrow()
    const bodies = [...(matter.body === undefined ? [] : [matter.body]), ...matter.otherBodies]
    for (const body of bodies) {
      await trx
        .insertInto('body_matter')
        .values({ body_id: await refs.id('body', body), matter_id })
        .execute()
    }
    await loadLinks(work, refs, matter.links, matter, { matter_id })
  })
}

/** The seat with that title in a body. @throws FactsError when the body has no such seat */
export async function seatId(work: Work, bodyId: number, title: string | undefined): Promise<number | null> {
  if (title === undefined) return null
  const seat = await work.trx
    .selectFrom('seat')
    .select('id')
    .where('body_id', '=', bodyId)
    .where('title', '=', title)
    .executeTakeFirst()
  if (!seat) throw new FactsError(`the body has no seat "${title}"`)
  return seat.id
}

/** Who sat where before the first decision that the portal knows of (ingångsläge). */
export async function loadMemberships(work: Work, refs: References, county: County) {
  await each('memberships.json: ', county.memberships, async (membership) => {
    const body_id = await refs.id('body', membership.body)
    await work.trx
      .insertInto('membership')
      .values({
        body_id,
        person_id: await refs.id('person', membership.person),
        role: membership.role,
        seat_id: await seatId(work, body_id, membership.seat),
        on_behalf_organisation_id: await refs.idOrNull('organisation', membership.onBehalf?.organisation),
        on_behalf_body_id: await refs.idOrNull('body', membership.onBehalf?.body),
        on_behalf_certainty: membership.onBehalf?.certainty ?? null,
        title: membership.title ?? null,
        unit: membership.unit ?? null,
        employer_id: await refs.idOrNull('organisation', membership.employer),
        valid: validity(membership),
        start_ground: membership.ground,
        known_from_meeting_id: await refs.idOrNull('meeting', membership.knownFromMeeting),
        known_from_document_id: await refs.idOrNull('document', membership.knownFromDocument),
        end_ground: membership.to === undefined ? null : membership.ground,
        provenance_id: await refs.provenance(groundOf(membership, membership)),
      })
      .execute()
  })
}

/** What applied before the first decision that the portal knows of, and what regulations and assumptions say. */
export async function loadParameters(work: Work, refs: References, county: County) {
  const { trx } = work
  const { values, publishedFigures } = county.parameters
  await each('parameters.json: values', values, async (fact) => {
    for (const administration of fact.administrations ?? [null]) {
      await trx
        .insertInto('parameter_value')
        .values({
          parameter_code: fact.parameter,
          administration_id: await refs.idOrNull('organisation', administration),
          valid: validity(fact),
          value: fact.value ?? null,
          choice: fact.choice ?? null,
          ground: fact.ground,
          document_id: await refs.idOrNull('document', fact.document),
          known_from_meeting_id: await refs.idOrNull('meeting', fact.knownFromMeeting),
          note: fact.remark ?? null,
          provenance_id: await refs.provenance(groundOf(fact, fact)),
        })
        .execute()
    }
  })
  await each('parameters.json: publishedFigures', publishedFigures, async (figure) => {
    const { on, precision } = figure.period
    await trx
      .insertInto('published_county_figure')
      .values({
        administration_id: await refs.id('organisation', figure.administration),
        period: validity({ from: on, to: lastDayOf(on, precision) }),
        episodes: figure.episodes,
        days: figure.days,
        provenance_id: await refs.provenance(groundOf(figure, figure)),
      })
      .execute()
  })
}

export async function loadAssignments(work: Work, refs: References, county: County) {
  await each('assignments.json: ', county.assignments, async (assignment, index) => {
    const part = assignment.planPart === undefined ? undefined : await planPart(work, assignment.planPart)
    await work.trx
      .insertInto('assignment')
      .values({
        slug: assignment.slug,
        task: assignment.task,
        assignee_person_id: await refs.idOrNull('person', assignment.assignee?.person),
        assignee_body_id: await refs.idOrNull('body', assignment.assignee?.body),
        assignee_organisation_id: await refs.idOrNull('organisation', assignment.assignee?.organisation),
        assignee_text: assignment.assigneeText ?? null,
        ...dated('due', assignment.due),
        due_text: assignment.dueText ?? null,
        state: assignment.state,
        reported_on: assignment.reportedOn ?? null,
        progress: assignment.progress ?? null,
        agenda_item_id: assignment.item === undefined ? null : await refs.agendaItem(assignment.item),
        matter_id: await refs.idOrNull('matter', assignment.matter),
        plan_id: part?.planId ?? null,
        area_id: part?.areaId ?? null,
        activity_id: part?.activityId ?? null,
        position: index + 1,
        provenance_id: await refs.provenance(groundOf(assignment, assignment)),
      })
      .execute()
  })
}

export async function loadTimelines(work: Work, refs: References, county: County) {
  await each('timelines.json: ', county.timelines, async (timeline) => {
    const about = {
      body_id: await refs.idOrNull('body', timeline.body),
      matter_id: await refs.idOrNull('matter', timeline.matter),
      document_id: await refs.idOrNull('document', timeline.document),
    }
    await each('entries', timeline.entries, async (entry, index) => {
      await work.trx
        .insertInto('timeline_entry')
        .values({
          ...about,
          meeting_id: await refs.idOrNull('meeting', entry.meeting),
          person_id: await refs.idOrNull('person', entry.person),
          position: index + 1,
          ...dated('from', entry.from),
          ...dated('to', entry.to),
          entry: entry.entry,
          provenance_id: await refs.provenance(groundOf(entry, entry)),
        })
        .execute()
    })
  })
}

/** The standing of parties on documents, as it was known on a day. */
export async function loadPartyPositions(work: Work, refs: References, county: County) {
  const { trx } = work
  await each('party-positions.json: ', county.partyPositions, async (fact) => {
    const document_id = await refs.id('document', fact.document)
    const provenance_id = await refs.provenance(groundOf(fact, fact))
    for (const organisation_id of await partyIds(work, refs, fact.parties)) {
      await trx
        .insertInto('party_position')
        .values({
          document_id,
          organisation_id,
          as_of: fact.asOf.on,
          as_of_precision: fact.asOf.precision,
          state: fact.state,
          decided_by: fact.decidedBy ?? null,
          ...dated('decided', fact.decidedOn),
          paragraph: fact.paragraph ?? null,
          url: fact.url ?? null,
          provenance_id,
        })
        .execute()
    }
  })
}

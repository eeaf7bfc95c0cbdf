import { z } from 'zod'
import { parseRange } from '../db/ranges.ts'
import type { MembershipRole, PageExclusion, RequirementDimension, SeatLevel } from '../db/schema.ts'
import { asking, type EditPage, type Notice, optionsIn, optionsOf, type RegisterPage } from '../http/edit-page.ts'
import {
  linesOf,
  optionalDay,
  optionalId,
  optionalText,
  requiredText,
  tickedBox,
  versionField,
} from '../http/field-values.ts'
import { type FormState, untouched } from '../http/fields.ts'
import type { Crumb } from '../http/view.ts'
import { addDays } from '../kernel/dates.ts'
import { capitalised, counted } from '../kernel/text.ts'
import {
  bodyPath,
  bodyRegisterPath,
  correctionsPath,
  editBodyPath,
  editPersonPath,
  newDecisionLink,
  openingStatePath,
  personPath,
  personRegisterPath,
  registersPath,
  seatPath,
  seatsPath,
  withQuery,
  workspacePath,
} from '../kernel/urls.ts'
import {
  type BodyValues,
  type OpeningRefusal,
  type SeatRefusal,
  type SeatValues,
  validBetween,
} from './register-changes.ts'
import type {
  BodyToEdit,
  bodiesKept,
  bodyBelongings,
  peopleNamed,
  personToEdit,
  SeatRow,
  seatChoices,
} from './register-queries.ts'
import { requirementNames, roleNames, roleOrder, seatLevelNames } from './texts.ts'

const crumbs = (...more: Crumb[]): Crumb[] => [
  { text: 'Arbetsyta', path: workspacePath },
  { text: 'Register', path: registersPath },
  ...more,
]
const bodyCrumbs = (body: { slug: string; name: string }, last?: string): Crumb[] =>
  crumbs(
    { text: 'Grupper', path: bodyRegisterPath },
    ...(last === undefined
      ? [{ text: body.name }]
      : [{ text: body.name, path: editBodyPath(body.slug) }, { text: last }]),
  )

export function bodyRegisterPage(
  bodies: Awaited<ReturnType<typeof bodiesKept>>,
  kindNames: Readonly<Record<string, { one: string }>>,
): RegisterPage {
  return {
    head: { title: 'Grupper i registret', crumbs: crumbs({ text: 'Grupper' }), hidden: true },
    lead: `${counted(bodies.length, 'grupp', 'grupper')}. Att en grupp bildas eller avslutas, och vilka som sitter i den, förs in genom beslut.`,
    notices: [],
    ways: [{ text: 'Bilda en grupp genom beslut', path: newDecisionLink('body_established') }],
    tables: [
      {
        anchor: 'grupper',
        title: 'Grupper',
        columns: [{ text: 'Grupp' }, { text: 'Slag' }, { text: 'Platser' }],
        rows: bodies.map(({ slug, name, kind }) => [
          { text: name, path: editBodyPath(slug) },
          { text: capitalised(kindNames[kind]?.one ?? '') },
          { text: 'Platser', path: seatsPath(slug) },
        ]),
        none: 'Inga grupper.',
      },
    ],
  }
}

const mailbox = z
  .string()
  .trim()
  .toLowerCase()
  .max(254, 'Skriv högst 254 tecken.')
  .default('')
  .transform((text, context) => {
    if (text === '') return null
    if (/^[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>]+$/.test(text)) return text
    context.addIssue({ code: 'custom', message: 'Skriv en e-postadress, till exempel grupp@kommun.se.' })
    return z.NEVER
  })

export const bodyForm = z
  .object({
    version: versionField,
    namn: requiredText('Skriv gruppens namn.'),
    namn_fran: optionalDay,
    kortnamn: requiredText('Skriv ett kort namn.', 60),
    syfte: optionalText(),
    sammansattning: optionalText(),
    malgrupp: optionalText(),
    prioriterat: optionalText(),
    fas: optionalText(1000),
    laget: optionalText(1000),
    brevlada: mailbox,
    andra_namn: linesOf(20, 300),
    krav_authority: optionalText(2000),
    krav_geography: optionalText(2000),
    krav_size: optionalText(2000),
    krav_function: optionalText(2000),
    krav_other: optionalText(2000),
    rapporterar: linesOf(20, 500),
  })
  .transform((typed, context) => {
    const reporting = typed.rapporterar.map((line) => {
      const [to = '', ...how] = line.split('|').map((part) => part.trim())
      return { to, how: how.join(' | ') }
    })
    if (reporting.some(({ to, how }) => to === '' || how === '')) {
      context.addIssue({ code: 'custom', path: ['rapporterar'], message: 'Skriv på varje rad: Till vem | hur.' })
    }
    const requirements = Object.fromEntries(
      Object.keys(requirementNames).flatMap((dimension) => {
        const text = typed[`krav_${dimension}` as 'krav_authority']
        return text === null ? [] : [[dimension, text]]
      }),
    )
    const values: BodyValues = {
      name: typed.namn,
      nameFrom: typed.namn_fran,
      shortName: typed.kortnamn,
      purpose: typed.syfte,
      composition: typed.sammansattning,
      targetGroup: typed.malgrupp,
      priorityArea: typed.prioriterat,
      phaseText: typed.fas,
      stateText: typed.laget,
      mailbox: typed.brevlada,
      otherNames: [...new Set(typed.andra_namn)],
      requirements,
      reporting,
    }
    return { version: typed.version, values }
  })

export function bodyEditPage(
  body: BodyToEdit,
  belongings: Awaited<ReturnType<typeof bodyBelongings>>,
  form: FormState = untouched,
  notices: readonly Notice[] = [],
): EditPage {
  const { field, area } = asking(form)
  return {
    head: { title: body.name, crumbs: bodyCrumbs(body), hidden: true },
    kicker: 'Grupp i registret',
    problems: form.problems,
    notices,
    path: editBodyPath(body.slug),
    hidden: [{ name: 'version', value: String(body.version) }],
    ways: [
      { text: 'Platser', path: seatsPath(body.slug) },
      { text: 'Lägg till ingångsläge', path: openingStatePath(body.slug) },
      { text: 'Ledamöter genom beslut', path: newDecisionLink('member_appointed', { organ: body.slug }) },
      { text: 'Avsluta gruppen genom beslut', path: newDecisionLink('body_closed', { organ: body.slug }) },
      { text: 'Rätta vem som sitter', path: withQuery(correctionsPath, { grupp: body.slug }) },
      { text: 'Sidan som den visas för alla', path: bodyPath(body.slug) },
    ],
    groups: [
      {
        legend: 'Namn',
        questions: [
          field('namn', 'Namn', body.name, { required: true }),
          field('namn_fran', 'Namnet gäller från', '', {
            type: 'date',
            hint: 'Bara om du byter namn. Det gamla namnet visas på dagar före den här. Tomt: från i dag.',
          }),
          field('kortnamn', 'Kort namn', body.short_name, { required: true, hint: 'Där det är ont om plats.' }),
          area('andra_namn', 'Andra namn i källorna', belongings.otherNames.join('\n'), {
            rows: 2,
            hint: 'Ett på varje rad.',
          }),
        ],
      },
      {
        legend: 'Uppdrag',
        questions: [
          area('syfte', 'Syfte', body.purpose),
          area('malgrupp', 'Målgrupp', body.target_group),
          area('prioriterat', 'Prioriterat område', body.priority_area),
          area('sammansattning', 'Sammansättning', body.composition),
          area('fas', 'Fas', body.phase_text, { rows: 2 }),
          area('laget', 'Läget i ord', body.state_text, { rows: 2 }),
          area(
            'rapporterar',
            'Rapporterar till',
            belongings.reporting.map(({ to, how }) => `${to} | ${how}`).join('\n'),
            { hint: 'På varje rad: Till vem | hur. Till exempel: Länsgemensam ledning | varje halvår.' },
          ),
          field('brevlada', 'Funktionsbrevlåda', body.function_mailbox, {
            type: 'email',
            hint: 'En adress som hör till gruppen, inte till en person. Visas för alla.',
            autocomplete: 'off',
          }),
        ],
      },
      {
        legend: 'Vad sammansättningen ska spegla',
        questions: Object.entries(requirementNames).map(([dimension, label]) =>
          area(`krav_${dimension}`, label, belongings.requirements[dimension as RequirementDimension], { rows: 2 }),
        ),
      },
    ],
    submit: 'Spara',
  }
}

const represents = ({ organisation_name, represented_name, represents_text, each_municipality }: SeatRow) =>
  [represents_text ?? organisation_name ?? represented_name, each_municipality && 'varje kommun']
    .filter(Boolean)
    .join(', ') || '–'

export function seatsPage(body: BodyToEdit, seats: readonly SeatRow[], notices: readonly Notice[]): RegisterPage {
  return {
    head: { title: `Platser i ${body.name}`, crumbs: bodyCrumbs(body, 'Platser'), hidden: true },
    notices,
    ways: [{ text: 'Sidan som den visas för alla', path: bodyPath(body.slug) }],
    tables: [
      {
        anchor: 'platser',
        title: 'Platser',
        text: 'En plats säger vem som ska vara företrädd och med hur många. Vem som sitter på den förs in genom beslut.',
        columns: [{ text: 'Plats' }, { text: 'Företräder' }, { text: 'Antal', numeric: true }],
        rows: seats.map((seat) => [
          { text: seat.title, path: seatPath(body.slug, seat.id) },
          { text: represents(seat) },
          { text: seat.seats === null ? 'framgår inte' : String(seat.seats) },
        ]),
        none: 'Inga platser är registrerade.',
        add: { text: 'Lägg till plats', path: seatPath(body.slug, 'ny') },
      },
    ],
  }
}

export const seatForm = z
  .object({
    version: versionField.optional(),
    titel: requiredText('Skriv vad platsen kallas.'),
    niva: z
      .union([z.literal('').transform(() => null), z.enum(Object.keys(seatLevelNames) as [SeatLevel, ...SeatLevel[]])])
      .default(null),
    antal: z
      .string()
      .trim()
      .regex(/^(|[1-9]\d{0,2})$/, 'Skriv ett antal från 1 till 999, eller lämna tomt.')
      .default('')
      .transform((text) => (text === '' ? null : Number(text))),
    organisation: optionalId,
    grupp: optionalId,
    text: optionalText(500),
    varje_kommun: tickedBox,
    anteckning: optionalText(2000),
    galler_fran: optionalDay,
    galler_till: optionalDay,
  })
  .refine(
    ({ galler_fran, galler_till }) => galler_fran === null || galler_till === null || galler_fran <= galler_till,
    {
      path: ['galler_till'],
      message: 'Platsen ska inte upphöra innan den finns.',
    },
  )
  .transform((typed) => {
    const values: SeatValues = {
      title: typed.titel,
      level: typed.niva,
      seats: typed.antal,
      organisationId: typed.organisation,
      bodyId: typed.grupp,
      text: typed.text,
      eachMunicipality: typed.varje_kommun,
      note: typed.anteckning,
      valid: validBetween(typed.galler_fran, typed.galler_till),
    }
    return { version: typed.version ?? 0, values }
  })

export const seatRefusals: Record<Exclude<SeatRefusal, 'stale'>, { field: string; text: string }> = {
  'title-taken': { field: 'titel', text: 'Gruppen har redan en plats med den titeln.' },
  'in-use': { field: '', text: 'Någon har suttit på platsen. Skriv i stället när den upphör.' },
}

export function seatEditPage(
  body: BodyToEdit,
  seat: SeatRow | null,
  choices: Awaited<ReturnType<typeof seatChoices>>,
  form: FormState = untouched,
): EditPage {
  const { field, area, select, boxes } = asking(form)
  const valid = seat ? parseRange(seat.valid) : { from: null, to: null }
  const title = seat?.title ?? 'Ny plats'
  return {
    head: { title, crumbs: bodyCrumbs(body, title), hidden: true },
    kicker: body.name,
    problems: form.problems,
    notices: [],
    path: seatPath(body.slug, seat?.id ?? 'ny'),
    hidden: seat ? [{ name: 'version', value: String(seat.version) }] : [],
    ways: [],
    groups: [
      {
        legend: null,
        questions: [
          field('titel', 'Vad platsen kallas', seat?.title, { required: true }),
          select('niva', 'Nivå', seat?.level, optionsIn(seatLevelNames), { empty: 'Framgår inte' }),
          field('antal', 'Antal platser', seat?.seats, { size: 4, hint: 'Tomt om det inte framgår.' }),
          select(
            'organisation',
            'Företräder organisation',
            seat?.represents_organisation_id,
            optionsOf(choices.organisations),
            { empty: 'Ingen' },
          ),
          select('grupp', 'Företräder grupp', seat?.represents_body_id, optionsOf(choices.bodies), { empty: 'Ingen' }),
          field('text', 'Företräder, i ord', seat?.represents_text),
          boxes('varje_kommun', 'Kommunerna', seat?.each_municipality ? ['ja'] : [], [
            { value: 'ja', text: 'Varje kommun har en sådan plats' },
          ]),
          field('galler_fran', 'Finns från', valid.from, { type: 'date', hint: 'Tomt om det inte framgår.' }),
          field('galler_till', 'Finns till och med', valid.to ? addDays(valid.to, -1) : '', { type: 'date' }),
          area('anteckning', 'Anteckning', seat?.note),
        ],
      },
    ],
    submit: seat ? 'Spara' : 'Lägg till platsen',
    acts: seat ? [{ text: 'Ta bort platsen', path: `${seatPath(body.slug, seat.id)}/ta-bort`, about: title }] : [],
  }
}

export const openingForm = z.object({
  person: requiredText('Skriv namnet på den som sitter i gruppen.', 200),
  ny_person: tickedBox,
  roll: z.enum(Object.keys(roleNames) as [MembershipRole, ...MembershipRole[]], 'Välj roll.'),
  plats: optionalId,
  organisation: optionalId,
  grupp: optionalId,
  titel: optionalText(200),
  enhet: optionalText(200),
  arbetsgivare: optionalId,
  fran: optionalDay,
  mote: optionalId,
  dokument: optionalId,
})

export const openingRefusals: Record<OpeningRefusal, { field: string; text: string }> = {
  'already-seated': { field: 'person', text: 'Personen är redan registrerad i den rollen.' },
  'chair-taken': { field: 'roll', text: 'Gruppen har redan en ordförande. Ett ordförandebyte förs in genom beslut.' },
  'no-ground': { field: 'mote', text: 'Välj det möte eller dokument som uppdraget är känt från.' },
}

export function openingStatePage(
  body: BodyToEdit,
  seats: readonly SeatRow[],
  choices: Awaited<ReturnType<typeof seatChoices>>,
  people: readonly string[],
  form: FormState = untouched,
  notices: readonly Notice[] = [],
): EditPage {
  const { field, select, boxes } = asking(form)
  return {
    head: { title: `Ingångsläge i ${body.name}`, crumbs: bodyCrumbs(body, 'Ingångsläge'), hidden: true },
    lead: 'För den som satt i gruppen redan när registret öppnades. Den som kommer senare kommer genom ett beslut.',
    problems: form.problems,
    notices,
    path: openingStatePath(body.slug),
    hidden: [],
    ways: [{ text: 'Utse genom beslut i stället', path: newDecisionLink('member_appointed', { organ: body.slug }) }],
    groups: [
      {
        legend: 'Vem',
        questions: [
          field('person', 'Person', '', { required: true, suggestions: people, autocomplete: 'off' }),
          boxes('ny_person', 'Finns inte i registret', [], [{ value: 'ja', text: 'Personen är ny: lägg till' }]),
          select(
            'roll',
            'Roll',
            'representative',
            roleOrder.map((value) => ({ value, text: roleNames[value] })),
            { required: true },
          ),
          select(
            'plats',
            'Plats',
            '',
            seats.map(({ id, title }) => ({ value: String(id), text: title })),
            { empty: 'Ingen registrerad plats' },
          ),
          field('titel', 'Titel', ''),
          field('enhet', 'Enhet', ''),
          select('arbetsgivare', 'Arbetsgivare', '', optionsOf(choices.organisations), { empty: 'Framgår inte' }),
        ],
      },
      {
        legend: 'För vem',
        questions: [
          select('organisation', 'Företräder organisation', '', optionsOf(choices.organisations), {
            empty: 'Framgår inte',
          }),
          select('grupp', 'Eller företräder grupp', '', optionsOf(choices.bodies), { empty: 'Ingen' }),
        ],
      },
      {
        legend: 'Känt från',
        questions: [
          select('mote', 'Möte', '', optionsOf(choices.meetings), { empty: 'Inget möte' }),
          select('dokument', 'Eller dokument', '', optionsOf(choices.documents), { empty: 'Inget dokument' }),
          field('fran', 'Sitter sedan', '', { type: 'date', hint: 'Tomt om startdatum inte framgår.' }),
        ],
      },
    ],
    submit: 'Lägg till ingångsläget',
  }
}

const exclusions: Record<PageExclusion, string> = {
  service_user_representative: 'är brukarrepresentant',
  uncertain_reading: 'namnet är osäkert läst',
  account_only: 'har bara ett konto',
}

export function personRegisterPage(people: Awaited<ReturnType<typeof peopleNamed>>, words: string): RegisterPage {
  return {
    head: { title: 'Personer i registret', crumbs: crumbs({ text: 'Personer' }), hidden: true },
    lead: `${counted(people.length, 'person', 'personer')}${words === '' ? '' : ` vars namn innehåller ”${words}”`}. E-postadresser finns bara i kontona; uppdrag ändras genom beslut.`,
    notices: [],
    ways: words === '' ? [] : [{ text: 'Visa alla', path: personRegisterPath }],
    tables: [
      {
        anchor: 'personer',
        title: 'Personer',
        columns: [{ text: 'Namn' }, { text: 'Egen sida' }],
        rows: people.map(({ slug, name, no_page_because }) => [
          { text: name, path: editPersonPath(slug) },
          no_page_because === null
            ? { text: 'ja', path: personPath(slug) }
            : { text: 'nej', note: exclusions[no_page_because] },
        ]),
        none: 'Ingen med det namnet.',
        add: { text: 'Lägg till person', path: editPersonPath('ny') },
      },
    ],
  }
}

export const personForm = z.object({
  version: versionField.optional(),
  namn: requiredText('Skriv namnet.', 200).regex(/^\D*$/, 'Ett namn har inga siffror.'),
  ingen_sida: z
    .union([
      z.literal('').transform(() => null),
      z.enum(Object.keys(exclusions) as [PageExclusion, ...PageExclusion[]], 'Välj i listan.'),
    ])
    .default(null),
  namne: tickedBox,
})

export function personEditPage(
  person: Awaited<ReturnType<typeof personToEdit>> | null,
  form: FormState = untouched,
  notices: readonly Notice[] = [],
  namesake = false,
): EditPage {
  const { field, select, boxes } = asking(form)
  const title = person?.name ?? 'Ny person'
  return {
    head: { title, crumbs: crumbs({ text: 'Personer', path: personRegisterPath }, { text: title }), hidden: true },
    lead: person ? 'Adressen till personens sida ändras inte när namnet rättas.' : null,
    problems: form.problems,
    notices,
    path: editPersonPath(person?.slug ?? 'ny'),
    hidden: person ? [{ name: 'version', value: String(person.version) }] : [],
    ways:
      person && person.no_page_because === null
        ? [{ text: 'Sidan som den visas för alla', path: personPath(person.slug) }]
        : [],
    groups: [
      {
        legend: null,
        questions: [
          field('namn', 'Namn', person?.name, { required: true, autocomplete: 'off' }),
          ...(namesake
            ? [boxes('namne', 'Samma namn', [], [{ value: 'ja', text: 'Det är en annan person med samma namn' }])]
            : []),
          select(
            'ingen_sida',
            'Egen sida',
            person?.no_page_because,
            optionsIn(exclusions).map(({ value, text }) => ({ value, text: `Nej: ${text}` })),
            {
              empty: 'Ja, personen har offentliga uppdrag',
              hint: 'Den utan sida syns varken i sökning, flöden eller API. Protokoll nämner personen som källan gör.',
            },
          ),
        ],
      },
    ],
    submit: person ? 'Spara' : 'Lägg till personen',
  }
}

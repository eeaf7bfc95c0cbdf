import { z } from 'zod'
import type { Reader } from '../db/database.ts'
import type { EffectHandler } from '../effects/effect.ts'
import { asking, type EditPage, type Notice, type Table } from '../http/edit-page.ts'
import { requiredText } from '../http/field-values.ts'
import { type FormState, problemOf, typedText, untouched } from '../http/fields.ts'
import { type Day, dayText } from '../kernel/dates.ts'
import { masked } from '../kernel/masks.ts'
import { errataLink, errataPath, masksPath, meetingPath, minutesVersionsPath, workMeetingPath } from '../kernel/urls.ts'
import { type MaskRefusal, type NoteRefusal, wordsMark } from './errata-changes.ts'
import { wordsMaskedIn } from './minutes.ts'
import { collectMinutes, masksOf, notesOf, wordsOfItem } from './minutes-queries.ts'
import { shownNote } from './minutes-shown.ts'
import { agendaOf } from './queries.ts'
import { meetingHead } from './workbench-pages.ts'
import type { WorkMeeting } from './workbench-queries.ts'

const longText = z
  .string()
  .max(100_000, 'Skriv högst 100 000 tecken.')
  .default('')
  .transform((text) => text.replace(/\r\n?/g, '\n').trim())

export const noteForm = z.looseObject({
  slag: z.enum(['erratum', 'after_meeting'], 'Välj om något stod fel eller om något har hänt efter mötet.'),
  anteckning: requiredText('Skriv vad som rättas eller vad som har hänt.', 5000).transform((text) =>
    text.replace(/\r\n?/g, '\n'),
  ),
  sett: z.string().max(100).default(''),
  text: longText,
})

export const maskForm = z.object({
  punkt: z.string().max(10).default(''),
  ord: z
    .string('Skriv orden som ska maskeras.')
    .trim()
    .min(3, 'Skriv minst tre tecken: kortare ord står på många ställen.')
    .max(5000, 'Skriv högst 5 000 tecken.'),
  skal: requiredText('Skriv varför orden maskeras. Skälet visas för alla.', 500),
  bekrafta: z.string().optional(),
})

export const noteRefusals: Record<Exclude<NoteRefusal, 'stale'>, { field: string; text: string }> = {
  'text-after-meeting': {
    field: 'slag',
    text: 'En anteckning om något efter mötet ändrar inte protokollets text. Välj Rättelse, eller låt texten stå som den är.',
  },
  'masked-words': { field: '', text: 'Texten innehåller ord som är maskerade. De kan inte skrivas in igen.' },
  'empty-clause': { field: '', text: 'Ett beslut kan inte lämnas utan ord.' },
}

export const maskRefusals: Record<MaskRefusal, { field: string; text: string }> = {
  'not-there': {
    field: 'ord',
    text: 'Orden står inte så i protokollet. Kopiera dem från den publicerade sidan, eller välj Hela protokollet.',
  },
  'in-reason': { field: 'skal', text: 'Skälet visas för alla och får inte innehålla orden som maskeras.' },
  'already-masked': { field: 'ord', text: 'De orden är redan maskerade.' },
}

const ways = (meeting: WorkMeeting) => [
  { text: 'Mötet i arbetsytan', path: workMeetingPath(meeting.slug) },
  { text: 'Protokollets sida', path: meetingPath(meeting.slug) },
  { text: 'Versioner och skillnader', path: minutesVersionsPath(meeting.slug) },
]

export const errataDraft = (slug: string, number: string | null) => `rattelse/${slug}/${number ?? ''}`

/** Errata and notes about an item, or about the minutes as a whole when there is none. */
export async function errataPage(
  db: Reader,
  handlers: readonly EffectHandler[],
  meeting: WorkMeeting,
  number: string | null,
  {
    form = untouched,
    savedAt = null,
    notices = [],
    administrator,
  }: { form?: FormState; savedAt?: string | null; notices?: readonly Notice[]; administrator: boolean },
): Promise<EditPage> {
  const [agenda, notes, masks] = await Promise.all([
    agendaOf(db, meeting.id),
    notesOf(db, meeting.id),
    masksOf(db, meeting.id),
  ])
  const words = number === null ? null : await wordsOfItem(db, handlers, meeting.id, number)
  const ask = asking(form)
  const kind = typedText(form, 'slag')
  const frozen = meeting.text_kind === 'wording'
  const { slug } = meeting
  return {
    head: meetingHead(
      meeting,
      words === null ? 'Rättelser och tillägg' : `Rättelse eller tillägg, punkt ${words.number}`,
    ),
    kicker: meeting.title,
    lead: `Publicerade protokoll ändras aldrig tyst. Det du sparar visas på protokollets sida med dag${frozen ? ' och ger en ny version med egen kontrollsumma' : ''}; det som stod kan alltid läsas.`,
    problems: form.problems,
    notices,
    draft: { form: errataDraft(slug, number), back: errataLink(slug, number), savedAt },
    path: errataLink(slug, number),
    hidden: words === null ? [] : [{ name: 'sett', value: wordsMark(words) }],
    ways: [
      ...(number === null ? [] : [{ text: 'Alla rättelser och tillägg', path: errataPath(slug) }]),
      ...ways(meeting),
      ...(administrator ? [{ text: 'Maskera ord', path: masksPath(slug) }] : []),
    ],
    groups: [
      {
        legend: words === null ? 'Om hela protokollet' : `Om punkt ${words.number} ${words.title}`,
        hint: words === null ? 'Gäller det en punkt väljer du den i listan längre ned.' : null,
        questions: [
          {
            as: 'options',
            name: 'slag',
            legend: 'Vad är det?',
            error: problemOf(form, 'slag'),
            many: false,
            options: [
              {
                value: 'erratum',
                text: 'Rättelse',
                hint: 'Något står fel i protokollet.',
                chosen: kind === 'erratum',
              },
              {
                value: 'after_meeting',
                text: 'Efter mötet',
                hint: 'Något har hänt senare som läsaren behöver veta.',
                chosen: kind === 'after_meeting',
              },
            ],
          },
          ask.area('anteckning', 'Anteckning', '', {
            hint: 'Visas för alla. Skriv vad som stod fel och vad som är rätt, eller vad som har hänt.',
          }),
        ],
      },
      ...(words === null
        ? []
        : [
            {
              legend: 'Orden i punkten',
              hint: 'Ändra bara om texten själv ska rättas. Annars låter du den stå.',
              questions: [
                ask.area('text', 'Punktens text', words.text, { rows: 8 }),
                ...words.clauses.map(({ id, title, clause }) =>
                  ask.area(`beslut-${id}`, `Beslutets ordalydelse: ${title}`, clause),
                ),
              ],
            },
          ]),
    ],
    submit: 'Spara och visa för alla',
    tables: [
      ...(number === null
        ? [
            {
              anchor: 'punkter',
              title: 'Punkter',
              columns: [{ text: 'Punkt' }, { text: 'Rättelser och tillägg', numeric: true }],
              rows: agenda.map((item) => [
                { text: `${item.number} ${item.title}`, path: errataLink(slug, item.number) },
                { text: String(notes.filter((note) => note.agenda_item_id === item.id).length) },
              ]),
              none: 'Protokollet har inga punkter.',
            } satisfies Table,
          ]
        : []),
      {
        anchor: 'gjorda',
        title: 'Gjorda rättelser och tillägg',
        columns: ['Vad', 'Gäller', 'Anteckning'].map((text) => ({ text })),
        rows: notes
          .filter((note) => number === null || note.item_number === number)
          .map((note) => {
            const shown = shownNote({
              ...note,
              on: note.noted_on as Day,
              by: note.noted_by,
              note: masked(note.note, wordsMaskedIn(masks, note.item_number)),
            })
            return [
              { text: shown.title },
              { text: note.item_number === null ? 'hela protokollet' : `punkt ${note.item_number}` },
              { text: shown.text },
            ]
          }),
        none: 'Inga ännu.',
      },
      ...(masks.length > 0 ? [maskTable(masks)] : []),
    ],
  }
}

function maskTable(masks: Awaited<ReturnType<typeof masksOf>>): Table {
  return {
    anchor: 'maskerat',
    title: 'Maskerat',
    columns: ['Var', 'Skäl', 'När och av vem'].map((text) => ({ text })),
    rows: masks.map(({ number, reason, masked_on, masked_by }) => [
      { text: number === null ? 'hela protokollet' : `punkt ${number}` },
      { text: reason },
      { text: `${dayText(masked_on as Day)}, ${masked_by}` },
    ]),
    none: 'Inget är maskerat.',
  }
}

/** Covering words of published minutes. @param times set when it is to be confirmed: how many places are covered */
export async function masksPage(
  db: Reader,
  handlers: readonly EffectHandler[],
  meeting: WorkMeeting,
  form: FormState = untouched,
  times: number | null = null,
): Promise<EditPage> {
  const [minutes, masks] = await Promise.all([collectMinutes(db, handlers, meeting.id), masksOf(db, meeting.id)])
  const ask = asking(form)
  return {
    head: meetingHead(meeting, 'Maskera ord'),
    kicker: meeting.title,
    lead: 'För ord som inte får visas, till exempel uppgifter som omfattas av sekretess eller personuppgifter som har kommit med av misstag. Masken syns, orden gör det inte: inte i protokollet, i dess versioner, i beslut eller i historiken. Den kan inte tas bort.',
    problems: form.problems,
    notices:
      times === null
        ? []
        : [
            {
              tone: 'warning' as const,
              title: times === 1 ? 'Orden står på ett ställe' : `Orden står på ${times} ställen`,
              text: 'Kontrollera orden och skälet, och maskera sedan. Det går inte att ångra. Bilagor maskeras inte.',
            },
          ],
    path: masksPath(meeting.slug),
    hidden: times === null ? [] : [{ name: 'bekrafta', value: 'ja' }],
    ways: [{ text: 'Rättelser och tillägg', path: errataPath(meeting.slug) }, ...ways(meeting)],
    groups: [
      {
        legend: null,
        questions: [
          ask.select(
            'punkt',
            'Var',
            '',
            minutes.items.map((item) => ({ value: item.number, text: `${item.number} ${item.title}` })),
            { empty: 'Hela protokollet' },
          ),
          ask.area('ord', 'Ord som maskeras', '', {
            hint: 'Precis som de står. Alla ställen maskeras, även inne i längre ord.',
            rows: 2,
          }),
          ask.area('skal', 'Skäl', '', { hint: 'Visas för alla. Skriv inte ut det som maskeras.', rows: 2 }),
        ],
      },
    ],
    submit: times === null ? 'Kontrollera' : 'Maskera för alltid',
    tables: [maskTable(masks)],
  }
}

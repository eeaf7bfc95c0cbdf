/** Meetings as files for calendars (.ics): the call's attachment, and the calendars that others subscribe to. */
import { permanentId } from '../audit/installation.ts'
import { addDays, type Day } from '../kernel/dates.ts'

export type CalendarMeeting = {
  id: number
  /** Counts up with each change, so that calendars know which of two files is the newer. */
  version: number
  /** When the meeting was last changed. */
  changed_at: Date
  title: string
  held_on: string
  starts_at: string | null
  ends_at: string | null
  place: string | null
  video_link: string | null
  state: string
}

/** What is the same for all meetings of a file. */
export type CalendarParts = {
  site: { name: string }
  /** The portal's own identity, which the meetings' are made of. */
  installationId: string
  /** The meeting's page, whole. */
  urlOf: (meeting: CalendarMeeting) => string
}

const zone = 'Europe/Stockholm'

/** The rules of the zone since 1996, when the whole Union got the same last Sunday of October. No meeting here is older. */
const zoneRules = [
  'BEGIN:VTIMEZONE',
  `TZID:${zone}`,
  'BEGIN:DAYLIGHT',
  'TZOFFSETFROM:+0100',
  'TZOFFSETTO:+0200',
  'TZNAME:CEST',
  'DTSTART:19960331T020000',
  'RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU',
  'END:DAYLIGHT',
  'BEGIN:STANDARD',
  'TZOFFSETFROM:+0200',
  'TZOFFSETTO:+0100',
  'TZNAME:CET',
  'DTSTART:19961027T030000',
  'RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU',
  'END:STANDARD',
  'END:VTIMEZONE',
]

/** Hours that a meeting takes in the calendar when nobody has said when it ends. */
const assumedHours = 2

// A calendar file may not hold control characters, and a name is one line (RFC 5545, 3.1 and 3.3.11).
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken away
const controls = /[\u0000-\u0009\u000b-\u001f\u007f]/g
const oneLine = (text: string) => text.replace(/\s+/g, ' ').replace(controls, '').trim()
/** Text as a value: what divides values and lines is marked (RFC 5545, 3.3.11). */
const escaped = (text: string) =>
  text
    .toWellFormed()
    .replace(controls, '')
    .replace(/[\\;,]/g, '\\$&')
    .replaceAll('\n', '\\n')

/** Longest line in octets, without its end (RFC 5545, 3.1). */
const longest = 75

/** What a letter takes in UTF-8. */
const octets = (letter: number) => (letter < 0x80 ? 1 : letter < 0x800 ? 2 : letter < 0x10000 ? 3 : 4)

/** A line that is longer than lines may be goes on in the next, which begins with a space. No letter is divided. */
function folded(line: string): string {
  const whole = Buffer.byteLength(line)
  if (whole <= longest) return line
  // Where each letter is one octet, which most long lines are: addresses.
  if (whole === line.length) return `${line.slice(0, longest)}${line.slice(longest).replace(/.{1,74}/g, '\r\n $&')}`
  let text = ''
  let room = longest
  for (const letter of line) {
    const size = octets(letter.codePointAt(0) ?? 0)
    if (size > room) {
      text += '\r\n '
      room = longest - 1
    }
    text += letter
    room -= size
  }
  return text
}

/** The meeting's identity in every calendar: the same when it is moved, and when the portal's address changes. */
export const meetingUid = (installationId: string, id: number) => permanentId(installationId, `mote/${id}`)

const date = (day: Day) => day.replaceAll('-', '')
const clock = (time: string) => `${time.slice(0, 5).replace(':', '')}00`
const instant = (moment: Date) => `${moment.toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`

/** Two hours after the time of day, which may be the next day. */
function assumedEnd(day: Day, time: string): string {
  const minutes = Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5)) + assumedHours * 60
  const two = (number: number) => String(number).padStart(2, '0')
  const on = minutes >= 24 * 60 ? addDays(day, 1) : day
  return `${date(on)}T${two(Math.floor(minutes / 60) % 24)}${two(minutes % 60)}00`
}

/** The days or times of the meeting, on the clocks of the zone. Without a time it takes the whole day. */
function times({ held_on, starts_at, ends_at }: CalendarMeeting): string[] {
  const day = held_on as Day
  if (starts_at === null) return [`DTSTART;VALUE=DATE:${date(day)}`, `DTEND;VALUE=DATE:${date(addDays(day, 1))}`]
  const end = ends_at === null ? assumedEnd(day, starts_at) : `${date(day)}T${clock(ends_at)}`
  return [`DTSTART;TZID=${zone}:${date(day)}T${clock(starts_at)}`, `DTEND;TZID=${zone}:${end}`]
}

/** The lines of a meeting. `video`: for those who are called alone. */
function eventLines(meeting: CalendarMeeting, { installationId, urlOf }: CalendarParts, video: boolean): string[] {
  const cancelled = meeting.state === 'cancelled'
  const url = urlOf(meeting)
  // Not the moment of asking: the same calendar is the same bytes until something changes.
  const changed = instant(meeting.changed_at)
  const description = [
    ...(video && meeting.video_link !== null ? [`Videolänk: ${meeting.video_link}`] : []),
    ...(meeting.starts_at !== null && meeting.ends_at === null
      ? [`Sluttiden är inte bestämd; här står ${assumedHours} timmar.`]
      : []),
    url,
  ].join('\n')
  return [
    'BEGIN:VEVENT',
    `UID:${meetingUid(installationId, meeting.id)}`,
    `SEQUENCE:${meeting.version}`,
    `DTSTAMP:${changed}`,
    ...times(meeting),
    `SUMMARY:${escaped(`${cancelled ? 'Inställt: ' : ''}${oneLine(meeting.title)}`)}`,
    ...(meeting.place === null ? [] : [`LOCATION:${escaped(oneLine(meeting.place))}`]),
    `DESCRIPTION:${escaped(description)}`,
    `URL;VALUE=URI:${url}`,
    `STATUS:${cancelled ? 'CANCELLED' : 'CONFIRMED'}`,
    `LAST-MODIFIED:${changed}`,
    'END:VEVENT',
  ]
}

/** The file: what it says of itself, the rules of the zone, and its meetings. */
function calendarText(
  { site }: CalendarParts,
  method: 'PUBLISH' | 'CANCEL',
  properties: readonly string[],
  events: readonly string[],
): string {
  return [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    `PRODID:-//${escaped(oneLine(site.name))}//Portal//SV`,
    `METHOD:${method}`,
    `TIMEZONE-ID:${zone}`,
    `X-WR-TIMEZONE:${zone}`,
    ...properties,
    ...zoneRules,
    ...events,
    'END:VCALENDAR',
    '',
  ]
    .map(folded)
    .join('\r\n')
}

/** The file that comes with a call or its cancellation: one meeting, with the way into it. */
export function calendarFile(meeting: CalendarMeeting, parts: CalendarParts): string {
  return calendarText(parts, meeting.state === 'cancelled' ? 'CANCEL' : 'PUBLISH', [], eventLines(meeting, parts, true))
}

/**
 * A calendar that anybody may subscribe to. The meetings are those of {@link calendarFile}, with the same identities;
 * the way into them is for those who are called.
 * @param name what the calendar is called in the subscriber's program
 */
export function publicCalendar(
  meetings: readonly CalendarMeeting[],
  parts: CalendarParts & { name: string; url: string },
): string {
  const name = escaped(oneLine(parts.name))
  return calendarText(
    parts,
    'PUBLISH',
    [
      `SOURCE;VALUE=URI:${parts.url}`,
      `NAME:${name}`,
      `X-WR-CALNAME:${name}`,
      'REFRESH-INTERVAL;VALUE=DURATION:PT4H',
      'X-PUBLISHED-TTL:PT4H',
    ],
    meetings.flatMap((meeting) => eventLines(meeting, parts, false)),
  )
}

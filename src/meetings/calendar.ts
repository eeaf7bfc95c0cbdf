/** Meetings as files for calendars (.ics): the call's attachment, and the calendars that others subscribe to. */
import { ICalCalendarMethod, ICalEventStatus, default as ical } from 'ical-generator'
import { permanentId } from '../audit/installation.ts'
import { addDays, atClock, type Day } from '../kernel/dates.ts'

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
].join('\r\n')

/** Hours that a meeting takes in the calendar when nobody has said when it ends. */
const assumedHours = 2

// A calendar file may not hold control characters, and a name is one line (RFC 5545, 3.1 and 3.3.11).
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken away
const plain = (text: string) => text.replace(/[\u0000-\u0008\u000b-\u001f\u007f]/g, '')
const oneLine = (text: string) => plain(text.replace(/\s+/g, ' ')).trim()

/** The meeting's identity in every calendar: the same when it is moved, and when the portal's address changes. */
export const meetingUid = (installationId: string, id: number) => permanentId(installationId, `mote/${id}`)

function openCalendar({ site }: CalendarParts, method: ICalCalendarMethod) {
  const calendar = ical({ method, prodId: { company: oneLine(site.name), product: 'Portal', language: 'SV' } })
  calendar.timezone({ name: zone, generator: () => zoneRules })
  return calendar
}

/** What the calendar says of itself comes before what is in it (RFC 5545, 3.4), the rules of the zone included. */
function textOf(calendar: ReturnType<typeof ical>): string {
  const text = calendar.toString()
  const rules = `${zoneRules}\r\n`
  const without = text.replace(rules, '')
  const first = /^(?:BEGIN:VEVENT|END:VCALENDAR)/m.exec(without)?.index ?? 0
  return without === text ? text : without.slice(0, first) + rules + without.slice(first)
}

/** Puts the meeting in the calendar. Without a time it takes the whole day. `video`: for those who are called alone. */
function addMeeting(
  calendar: ReturnType<typeof ical>,
  meeting: CalendarMeeting,
  { installationId, urlOf }: CalendarParts,
  video: boolean,
): void {
  const cancelled = meeting.state === 'cancelled'
  const day = meeting.held_on as Day
  const start = atClock(day, meeting.starts_at ?? '00:00')
  const end =
    meeting.starts_at === null
      ? atClock(addDays(day, 1), '00:00')
      : meeting.ends_at !== null
        ? atClock(day, meeting.ends_at)
        : start.plus({ hours: assumedHours })
  const url = urlOf(meeting)
  calendar.createEvent({
    id: meetingUid(installationId, meeting.id),
    sequence: meeting.version,
    // Not the moment of asking: the same calendar is the same bytes until something changes.
    stamp: meeting.changed_at,
    lastModified: meeting.changed_at,
    allDay: meeting.starts_at === null,
    timezone: zone,
    start,
    end,
    summary: `${cancelled ? 'Inställt: ' : ''}${oneLine(meeting.title)}`,
    ...(meeting.place === null ? {} : { location: oneLine(meeting.place) }),
    description: [
      ...(video && meeting.video_link !== null ? [`Videolänk: ${meeting.video_link}`] : []),
      ...(meeting.starts_at !== null && meeting.ends_at === null
        ? [`Sluttiden är inte bestämd; här står ${assumedHours} timmar.`]
        : []),
      url,
    ].join('\n'),
    url,
    status: cancelled ? ICalEventStatus.CANCELLED : ICalEventStatus.CONFIRMED,
  })
}

/** The file that comes with a call or its cancellation: one meeting, with the way into it. */
export function calendarFile(meeting: CalendarMeeting, parts: CalendarParts): string {
  const method = meeting.state === 'cancelled' ? ICalCalendarMethod.CANCEL : ICalCalendarMethod.PUBLISH
  const calendar = openCalendar(parts, method)
  addMeeting(calendar, meeting, parts, true)
  return textOf(calendar)
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
  const calendar = openCalendar(parts, ICalCalendarMethod.PUBLISH)
  calendar
    .name(oneLine(parts.name))
    .source(parts.url)
    .ttl(4 * 60 * 60)
  for (const meeting of meetings) addMeeting(calendar, meeting, parts, false)
  return textOf(calendar)
}

/** A meeting as a file for calendars (.ics). */
import { ICalCalendarMethod, ICalEventStatus, default as ical } from 'ical-generator'
import { addDays, atClock, type Day } from '../kernel/dates.ts'

export type CalendarMeeting = {
  id: number
  /** Counts up with each change, so that calendars know which of two files is the newer. */
  version: number
  title: string
  held_on: string
  starts_at: string | null
  ends_at: string | null
  place: string | null
  video_link: string | null
  state: string
}

/**
 * The same meeting keeps its identity when it is moved, so that calendars move it too. Times are told in UTC, which
 * every calendar reads in the same way; without a time the meeting takes the whole day.
 * @param url the meeting's page
 */
export function calendarFile(meeting: CalendarMeeting, url: string, site: { name: string }, host: string): string {
  const cancelled = meeting.state === 'cancelled'
  const day = meeting.held_on as Day
  const calendar = ical({
    method: cancelled ? ICalCalendarMethod.CANCEL : ICalCalendarMethod.PUBLISH,
    prodId: { company: site.name, product: 'Portal', language: 'SV' },
  })
  const start = atClock(day, meeting.starts_at ?? '00:00')
  const end =
    meeting.ends_at !== null
      ? atClock(day, meeting.ends_at)
      : meeting.starts_at === null
        ? atClock(addDays(day, 1), '00:00')
        : start.plus({ hours: 2 })
  calendar.createEvent({
    id: `mote-${meeting.id}@${host}`,
    sequence: meeting.version,
    allDay: meeting.starts_at === null,
    start: meeting.starts_at === null ? start : start.toUTC(),
    end: meeting.starts_at === null ? end : end.toUTC(),
    summary: cancelled ? `Inställt: ${meeting.title}` : meeting.title,
    ...(meeting.place === null ? {} : { location: meeting.place }),
    description: [meeting.video_link === null ? null : `Videolänk: ${meeting.video_link}`, url]
      .filter((line) => line !== null)
      .join('\n'),
    url,
    status: cancelled ? ICalEventStatus.CANCELLED : ICalEventStatus.CONFIRMED,
  })
  return calendar.toString()
}

/** How an assignment is told of, wherever it is shown. */
import type { Value } from '../http/parts.ts'
import { type Day, dateText } from '../kernel/dates.ts'
import { bodyPath, partyPath, personPath } from '../kernel/urls.ts'
import type { ListedAssignment } from './queries.ts'
import { unknownAssignee } from './texts.ts'

/** To whom it was given, linked where there is a page to link to. */
export function assigneeValue(
  assignment: Pick<
    ListedAssignment,
    | 'person_name'
    | 'person_slug'
    | 'no_page_because'
    | 'body_name'
    | 'body_slug'
    | 'organisation_name'
    | 'organisation_short_name'
    | 'is_party'
    | 'assignee_text'
  >,
): Value {
  const { person_name, person_slug, body_name, body_slug, organisation_name, organisation_short_name } = assignment
  if (person_name !== null && person_slug !== null) {
    return { text: person_name, path: assignment.no_page_because === null ? personPath(person_slug) : null }
  }
  if (body_name !== null && body_slug !== null) return { text: body_name, path: bodyPath(body_slug) }
  if (organisation_name !== null && organisation_short_name !== null) {
    return { text: organisation_name, path: assignment.is_party ? partyPath(organisation_short_name) : null }
  }
  return { text: assignment.assignee_text ?? unknownAssignee }
}

/** By when, in words. */
export function assignmentDue({
  due_on,
  due_precision,
  due_text,
}: Pick<ListedAssignment, 'due_on' | 'due_precision' | 'due_text'>): string {
  return due_on === null ? (due_text ?? 'tid anges inte') : dateText(due_on as Day, due_precision ?? 'day')
}

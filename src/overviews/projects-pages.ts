import { provenances } from '../audit/provenance.ts'
import type { Reader } from '../db/database.ts'
import { type Cell, type Downloads, downloadsOf, type Fact, type Source, type Tag, type Value } from '../http/parts.ts'
import type { PageHead } from '../http/view.ts'
import { type Day, dateText, dayText, lastDayOf } from '../kernel/dates.ts'
import { activityCode } from '../kernel/plan-codes.ts'
import { counted, unbroken } from '../kernel/text.ts'
import { activityPath, apiPath, bodyPath, matterPath, projectsPath } from '../kernel/urls.ts'
import { activitiesOfProjects, linksOfProjects, listProjects } from './projects-queries.ts'

declare module '../http/view.ts' {
  interface Views {
    'overviews/projects': ProjectsPage
  }
}

export type ProjectsPage = {
  downloads: readonly Downloads[]

  head: PageHead
  lead: string
  rows: readonly (readonly Cell[])[]
  projects: readonly {
    anchor: string
    name: string
    summary: string
    facts: readonly Fact[]
    sources: readonly Source[]
  }[]
}

type Project = Awaited<ReturnType<typeof listProjects>>[number]

const hasEnded = ({ funding_ends_on, funding_ends_precision }: Project, day: Day) =>
  funding_ends_on !== null && lastDayOf(funding_ends_on as Day, funding_ends_precision ?? 'day') < day

function endCell(project: Project, day: Day): Cell {
  const { funding_ends_on, funding_ends_precision } = project
  if (funding_ends_on === null) return { text: 'framgår inte av underlaget' }
  const ended: Tag = { text: 'datumet har passerat', tone: 'neutral' }
  const coming: Tag = { text: 'kommande', tone: 'info' }
  return {
    text: unbroken(dateText(funding_ends_on as Day, funding_ends_precision ?? 'day')),
    tag: hasEnded(project, day) ? ended : coming,
  }
}

/** Work limited in time, and when its money ends. */
export async function projectsPage(db: Reader, day: Day): Promise<ProjectsPage> {
  const [projects, activities, links] = await Promise.all([
    listProjects(db),
    activitiesOfProjects(db),
    linksOfProjects(db),
  ])
  const sources = await provenances(
    db,
    projects.map(({ provenance_id }) => provenance_id),
  )
  return {
    downloads: [downloadsOf('Hämta listan', apiPath('projects'))],
    head: {
      title: 'Projekt',
      section: 'projects',
      crumbs: [{ text: 'Projekt' }],
      description: 'Tidsbegränsade arbeten i samverkan: vem som har dem, vad som betalar och när pengarna tar slut.',
    },
    lead: leadText(projects, day),
    rows: projects.map((project) => [
      {
        text: project.name,
        path: `${projectsPath}#${project.slug}`,
        tag: project.ended_on === null ? null : { text: 'avslutat', tone: 'neutral' },
      },
      project.body_slug === null
        ? { text: 'framgår inte av underlaget' }
        : { text: project.body_name ?? '', path: bodyPath(project.body_slug) },
      endCell(project, day),
    ]),
    projects: projects.map((project) => {
      const end = endCell(project, day)
      return {
        anchor: project.slug,
        name: project.name,
        summary: project.summary,
        facts: [
          {
            term: 'Grupp',
            values:
              project.body_slug === null ? [] : [{ text: project.body_name ?? '', path: bodyPath(project.body_slug) }],
          },
          {
            term: 'Avslutat',
            values:
              project.ended_on === null ? [] : [{ text: dayText(project.ended_on as Day), note: project.ended_text }],
          },
          { term: 'Finansiering', values: [{ text: project.funding ?? 'framgår inte av underlaget' }] },
          { term: 'Finansieringen slutar', values: [{ text: end.text }] },
          { term: 'Därefter', values: project.afterwards === null ? [] : [{ text: project.afterwards }] },
          {
            term: 'Ärende',
            values:
              project.matter_slug === null
                ? []
                : [{ text: project.matter_title ?? '', path: matterPath(project.matter_slug) }],
          },
          {
            term: 'I handlingsplaner',
            values: activities
              .filter(({ project_id }) => project_id === project.id)
              .map((activity): Value => {
                const code = activityCode(activity.plan_code, activity.number)
                return { text: `${code} ${activity.activity_text}`, path: activityPath(activity.plan_slug, code) }
              }),
          },
          {
            term: 'Länkar',
            values: [
              ...(project.url === null ? [] : [{ text: `Om ${project.name}`, url: project.url }]),
              ...links
                .filter(({ project_id }) => project_id === project.id)
                .map(({ label, url }): Value => ({ text: label, url })),
            ],
          },
        ].filter(({ values }) => values.length > 0),
        sources: sources.get(project.provenance_id) ?? [],
      }
    }),
  }
}

function leadText(projects: readonly Project[], day: Day): string {
  if (projects.length === 0) return ''
  const ended = projects.filter((project) => hasEnded(project, day)).length
  const dated = projects.filter(({ funding_ends_on }) => funding_ends_on !== null).length
  return [
    `${counted(projects.length, 'projekt', 'projekt')}.`,
    ended > 0 ? `För ${ended} har finansieringens slutdatum passerat.` : '',
    dated - ended > 0 ? `För ${dated - ended} är ett slutdatum på väg.` : '',
    projects.length - dated > 0 ? `För ${projects.length - dated} framgår inget slutdatum.` : '',
  ]
    .filter(Boolean)
    .join(' ')
}

import { spawnSync } from 'node:child_process'
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { viewsFolder } from './view.ts'

const checkout = resolve(import.meta.dirname, '../..')

/** `file` is relative to the checkout; `line` counts from 1. */
export type Finding = { file: string; line: number; text: string }

/**
 * Checks every template under `folder`: each becomes a TypeScript file with its code in the same places, which tsc
 * then reads against the models that rooms declare in `Views`, `Parts` and `Layouts`. Refuses, besides, markup that
 * would break under a base path or the content security policy.
 * @param declarations further TypeScript files that declare models
 */
export function checkViews(folder: string = viewsFolder, declarations: readonly string[] = []): Finding[] {
  const templates = globSync('**/*.eta', { cwd: folder }).sort()
  const findings: Finding[] = []
  // Inside the checkout, where tsc finds the packages.
  const workshop = mkdtempSync(join(checkout, 'node_modules', '.views-'))
  try {
    for (const template of templates) {
      const source = readFileSync(join(folder, template), 'utf8')
      const file = relative(checkout, join(folder, template))
      const target = join(workshop, `${template}.ts`)
      mkdirSync(dirname(target), { recursive: true })
      writeFileSync(target, `${preamble(template)}${toTypeScript(source)}\nexport {}\n`)
      findings.push(...refusedIn(source).map((finding) => ({ file, ...finding })))
    }
    const known = [...templates, ...globSync('**/*.eta', { cwd: viewsFolder })]
    writeFileSync(join(workshop, 'missing.ts'), everyModelHasATemplate(known))
    findings.push(...typeErrors(workshop, folder, declarations))
  } finally {
    rmSync(workshop, { recursive: true })
  }
  return findings.sort((a, b) => a.file.localeCompare(b.file) || a.line - b.line)
}

const nameOf = (template: string) => template.replace(/\.eta$/, '')

/** Layouts are in layouts/; parts in parts/, or in a room's folder with a name that begins with '_'. The rest are pages. */
function modelOf(name: string): 'Layouts' | 'Parts' | 'Views' {
  if (name.startsWith('layouts/')) return 'Layouts'
  return name.startsWith('parts/') || name.split('/').at(-1)?.startsWith('_') ? 'Parts' : 'Views'
}

/** Stands before the template's first line, on the same line, so that lines stay as they are. */
function preamble(template: string): string {
  const name = nameOf(template)
  const model = modelOf(name)
  return [
    `import type { Html, Layouts, Parts, Shared, Views } from '${join(checkout, 'src/http/view.ts')}'`,
    `declare const it: Shared & ${model}['${name}']`,
    'declare function _(text: string | number): void',
    'declare function $(markup: Html): void',
    'declare function include<Name extends keyof Parts>(name: `/$' + '{Name}`, data: Parts[Name]): Html',
    model === 'Views' ? 'declare function layout(name: `/$' + '{keyof Layouts}`): void' : '',
    '',
  ].join('; ')
}

/** The template's code at the line and column where it stands, all else blank: `<%= x %>` becomes `;_( x );`. */
export function toTypeScript(source: string): string {
  let code = ''
  let at = 0
  for (const { opening, kind, body, start, end } of tagsIn(source)) {
    const call = { '=': ';_(', '~': ';$(' }[kind]
    code += blank(source.slice(at, start))
    code += call ? `${blank(opening.slice(3))}${call}${body});` : `${blank(opening)}${body} ;`
    at = end
  }
  return code + blank(source.slice(at))
}

const blank = (text: string) => text.replace(/[^\n]/g, ' ')

type TemplateTag = { opening: string; kind: string; body: string; trimmed: boolean; start: number; end: number }

function tagsIn(source: string): TemplateTag[] {
  return [...source.matchAll(/(<%([-_]?)\s*([=~]?))([\s\S]*?)([-_]?)%>/g)].map((tag) => {
    const [whole, opening = '', trimStart = '', kind = '', body = '', trimEnd = ''] = tag
    const trimmed = trimStart !== '' || trimEnd !== ''
    return { opening, kind, body: body + blank(trimEnd), trimmed, start: tag.index, end: tag.index + whole.length }
  })
}

// Addresses of other sites are called url or href in the models; the portal's own are called path and need the base.
const wholeAddress = /^(it\.asset\(.*\)|.*(url|Url|href|correction))$/

/** What the type check cannot see. */
function refusedIn(source: string): { line: number; text: string }[] {
  const refused: { line: number; text: string }[] = []
  const refuse = (index: number, text: string) =>
    refused.push({ line: source.slice(0, index).split('\n').length, text })

  for (const { body, trimmed, start } of tagsIn(source)) {
    if (trimmed) refuse(start, 'a trim marker glues words together: write <% and %> alone')
    const lastLine =
      body
        .split('\n')
        .at(-1)
        ?.replace(/'[^']*'|"[^"]*"|`[^`]*`/g, '') ?? ''
    if (lastLine.includes('//')) refuse(start, 'a // comment hides what follows on the line: write /* */')
  }
  for (const { index, 1: name, 2: value = '' } of source.matchAll(
    /\s(href|src|action|formaction)=["'](<%=?.*?%>|.)/g,
  )) {
    const expression = /^<%=\s*(.*?)\s*%>$/.exec(value)?.[1]
    if (value === '/') refuse(index, `${name}="/… leaves out the base path: write ${name}="<%= it.base %>/…`)
    else if (expression !== undefined && expression !== 'it.base' && !wholeAddress.test(expression)) {
      refuse(
        index,
        `${name} begins with ${expression}: write <%= it.base %> before a path, or call it …url if it is whole`,
      )
    }
  }
  const markup = source.replace(/<%[\s\S]*?%>/g, (code) => code.replace(/[^\n]/g, '.'))
  for (const { index, 0: found } of markup.matchAll(
    /<style\b|<script\b(?![^>]*\bsrc=)(?! type="application\/ld\+json">)|\sstyle\s*=|\son[a-z]+\s*=\s*["']|javascript:/gi,
  )) {
    refuse(index, `${found.trim()} is refused by the content security policy: use a class in public/portal.css`)
  }
  return refused
}

/** Fails to compile, naming the model, when one is declared that has no file. */
function everyModelHasATemplate(templates: readonly string[]): string {
  const files = templates.map((template) => `'${nameOf(template)}'`).join(' | ')
  return [
    `import type { Layouts, Parts, Views } from '${join(checkout, 'src/http/view.ts')}'`,
    'declare function everyModelHasATemplate<_Missing extends never>(): void',
    `everyModelHasATemplate<Exclude<keyof Layouts | keyof Parts | keyof Views, ${files}>>()`,
  ].join('\n')
}

function typeErrors(workshop: string, folder: string, declarations: readonly string[]): Finding[] {
  const config = {
    extends: join(checkout, 'tsconfig.json'),
    compilerOptions: { noUnusedLocals: false, noUnusedParameters: false, noEmit: true },
    files: [
      ...globSync('**/*.ts', { cwd: workshop }).map((file) => join(workshop, file)),
      ...globSync('src/**/*.ts', { cwd: checkout }).map((file) => join(checkout, file)),
      ...declarations,
    ],
  }
  writeFileSync(join(workshop, 'tsconfig.json'), JSON.stringify(config))
  const tsc = spawnSync(
    process.execPath,
    [join(checkout, 'node_modules/typescript/bin/tsc'), '-p', workshop, '--pretty', 'false'],
    { cwd: workshop, encoding: 'utf8' },
  )
  if (tsc.error) throw tsc.error
  const reported = [...tsc.stdout.matchAll(/^(\S.*?)\((\d+),\d+\): error (TS\d+: .*(?:\n .*)*)/gm)]
  // Without this, a tsc that does not start would look like templates without faults.
  if (tsc.status !== 0 && reported.length === 0) throw new Error(`tsc failed: ${tsc.stdout}${tsc.stderr}`)
  return reported.flatMap(([, path = '', line = '', text = '']) => {
    const place = relative(workshop, resolve(workshop, path))
    // The application's own faults are told by check:types.
    if (place.startsWith('..')) return []
    return place === 'missing.ts'
      ? [{ file: relative(checkout, folder), line: 0, text: `a declared model has no template: ${text}` }]
      : [
          {
            file: relative(checkout, join(folder, place.replace(/\.ts$/, ''))),
            line: Number(line),
            text,
          },
        ]
  })
}

if (import.meta.main) {
  const findings = checkViews()
  for (const { file, line, text } of findings) process.stderr.write(`${file}:${line} ${text}\n`)
  process.stdout.write(
    `${findings.length === 0 ? 'The templates agree with their models.' : `${findings.length} faults in templates.`}\n`,
  )
  process.exitCode = findings.length === 0 ? 0 : 1
}

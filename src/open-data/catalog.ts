/** The catalogue that other catalogues gather: DCAT-AP-SE 3 as RDF/XML. */
import type { Config } from '../config.ts'
import { xlsxType } from '../http/exports.ts'
import { apiPath, catalogPath, openApiPath, openDataPath } from '../kernel/urls.ts'
import type { Register } from './registers.ts'

export const licence = 'https://creativecommons.org/publicdomain/zero/1.0/'
const fileTypes = 'http://publications.europa.eu/resource/authority/file-type/'
const themes = 'http://publications.europa.eu/resource/authority/data-theme/'
const mediaTypes = 'https://www.iana.org/assignments/media-types/'

const escaped = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
const words = (name: string, text: string) => `<${name} xml:lang="sv">${escaped(text)}</${name}>`
const pointer = (name: string, to: string) => `<${name} rdf:resource="${escaped(to)}"/>`

/** `asked`: whoever reads it has to say what of it, so its address alone is no file. */
type DataSet = Pick<Register, 'name' | 'title' | 'about' | 'theme' | 'listPage'> & { asked?: boolean }

/** @param sets each register, the figures included */
export function catalogXml({ site }: Config, root: string, sets: readonly DataSet[]): string {
  const page = root + openDataPath
  const publisher = `${page}#utgivare`
  const contact = `${page}#kontakt`
  const service = `${page}#api`
  const idOf = ({ name }: DataSet) => `${page}#${name}`
  const distributions = ({ name }: DataSet) => {
    const address = root + apiPath(name)
    return [
      { id: `${page}#${name}-json`, url: address, type: 'JSON', media: 'application/json', title: 'JSON' },
      { id: `${page}#${name}-csv`, url: `${address}.csv`, type: 'CSV', media: 'text/csv', title: 'CSV' },
      { id: `${page}#${name}-xlsx`, url: `${address}.xlsx`, type: 'XLSX', media: xlsxType, title: 'Excel' },
    ]
  }
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:dcat="http://www.w3.org/ns/dcat#" xmlns:dcterms="http://purl.org/dc/terms/" xmlns:foaf="http://xmlns.com/foaf/0.1/" xmlns:vcard="http://www.w3.org/2006/vcard/ns#" xmlns:dcatap="http://data.europa.eu/r5r/">',
    `<dcat:Catalog rdf:about="${escaped(root + catalogPath)}">`,
    words('dcterms:title', `${site.name}: öppna data`),
    words('dcterms:description', 'Beslut, möten, organ, handlingsplaner och uppföljning i länets samverkan.'),
    pointer('dcterms:publisher', publisher),
    pointer('dcterms:license', licence),
    pointer('dcterms:language', 'http://publications.europa.eu/resource/authority/language/SWE'),
    pointer('foaf:homepage', page),
    pointer('dcat:themeTaxonomy', 'http://publications.europa.eu/resource/authority/data-theme'),
    ...sets.map((set) => pointer('dcat:dataset', idOf(set))),
    pointer('dcat:service', service),
    '</dcat:Catalog>',
    `<foaf:Agent rdf:about="${escaped(publisher)}">`,
    words('foaf:name', site.authority),
    pointer('dcterms:type', 'http://purl.org/adms/publishertype/RegionalAuthority'),
    '</foaf:Agent>',
    `<vcard:Organization rdf:about="${escaped(contact)}">`,
    words('vcard:fn', site.name),
    pointer('vcard:hasEmail', `mailto:${site.contactEmail}`),
    '</vcard:Organization>',
    `<dcat:DataService rdf:about="${escaped(service)}">`,
    words('dcterms:title', `${site.name}: API`),
    words('dcterms:description', 'Läser alla register som JSON.'),
    pointer('dcat:endpointURL', `${root}/api/v1`),
    pointer('dcat:endpointDescription', root + openApiPath),
    pointer('dcterms:publisher', publisher),
    pointer('dcat:contactPoint', contact),
    pointer('dcterms:license', licence),
    pointer('dcterms:accessRights', 'http://publications.europa.eu/resource/authority/access-right/PUBLIC'),
    ...sets.map((set) => pointer('dcat:servesDataset', idOf(set))),
    '</dcat:DataService>',
    ...sets.flatMap((set) => [
      `<dcat:Dataset rdf:about="${escaped(idOf(set))}">`,
      words('dcterms:title', set.title),
      words('dcterms:description', set.about),
      `<dcterms:identifier>${escaped(idOf(set))}</dcterms:identifier>`,
      pointer('dcterms:publisher', publisher),
      pointer('dcat:contactPoint', contact),
      pointer('dcat:theme', themes + set.theme),
      words('dcat:keyword', set.title.toLowerCase()),
      pointer('dcat:landingPage', root + set.listPage),
      pointer('dcterms:accrualPeriodicity', 'http://publications.europa.eu/resource/authority/frequency/CONT'),
      pointer('dcterms:language', 'http://publications.europa.eu/resource/authority/language/SWE'),
      pointer('dcterms:accessRights', 'http://publications.europa.eu/resource/authority/access-right/PUBLIC'),
      ...distributions(set).map(({ id }) => pointer('dcat:distribution', id)),
      '</dcat:Dataset>',
      ...distributions(set).flatMap(({ id, url, type, media, title }) => [
        `<dcat:Distribution rdf:about="${escaped(id)}">`,
        words('dcterms:title', `${set.title}, ${title}`),
        pointer('dcat:accessURL', url),
        ...(set.asked ? [] : [pointer('dcat:downloadURL', url)]),
        pointer('dcterms:format', fileTypes + type),
        pointer('dcat:mediaType', mediaTypes + media),
        pointer('dcterms:license', licence),
        pointer('dcatap:availability', 'http://publications.europa.eu/resource/authority/planned-availability/STABLE'),
        pointer('dcat:accessService', service),
        '</dcat:Distribution>',
      ]),
    ]),
    '</rdf:RDF>',
    '',
  ].join('\n')
}

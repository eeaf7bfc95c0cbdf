import type { Reader } from '../db/database.ts'
import { parameterNames } from '../discharge-days/texts.ts'
import type { RegisterPage } from '../http/edit-page.ts'
import { counted } from '../kernel/text.ts'
import {
  bodyRegisterPath,
  catalogueRegisterPath,
  changeModelPath,
  correctionsPath,
  dischargeImportsPath,
  dischargeRulesPath,
  documentRegisterPath,
  linkChecksPath,
  matterRegisterPath,
  newDecisionLink,
  organisationRegisterPath,
  personRegisterPath,
  projectRegisterPath,
  workChangeProposalsPath,
  workNewslettersPath,
  workPlansPath,
  workspacePath,
} from '../kernel/urls.ts'
import { registerCounts, waitingParameters } from './registers-queries.ts'

/** All registers, what is changed by hand and what by decisions. `all`: the registers that no single group owns too. */
export async function registersPage(db: Reader, all: boolean): Promise<RegisterPage> {
  const [counts, waiting] = await Promise.all([registerCounts(db), waitingParameters(db)])
  const row = (text: string, path: string, count: string, how: string) => [
    { text, path },
    { text: count },
    { text: how },
  ]
  return {
    head: {
      title: 'Register',
      crumbs: [{ text: 'Arbetsyta', path: workspacePath }, { text: 'Register' }],
      hidden: true,
    },
    lead: 'Det som ändras utan beslut ändrar du här. Det som beslutas förs in som ett beslut och ändrar registret när det är fattat.',
    notices: waiting.map(({ code, title, meeting_title }) => ({
      tone: 'info',
      title: `Väntar på beslut: ${parameterNames[code as keyof typeof parameterNames]}`,
      text: `${title}${meeting_title === null ? '' : `, ${meeting_title}`}.`,
    })),
    ways: [{ text: 'Rätta det som är fel infört', path: correctionsPath }],
    tables: [
      {
        anchor: 'for-hand',
        title: 'Ändras här',
        columns: [{ text: 'Register' }, { text: 'Omfattning' }, { text: 'Vad' }],
        rows: [
          row(
            'Handlingsplaner',
            workPlansPath,
            counted(counts.plans, 'plan', 'planer'),
            'utkast, uppföljning, milstolpar, revidering',
          ),
          row(
            'Grupper',
            bodyRegisterPath,
            counted(counts.bodies, 'grupp', 'grupper'),
            'namn, syfte, rapportering, platser, ingångsläge',
          ),
          row(
            'Dokument',
            documentRegisterPath,
            counted(counts.documents, 'dokument', 'dokument'),
            'uppgifter, versioner och filer, beslutsläge hos parterna',
          ),
          row(
            'Ärenden',
            matterRegisterPath,
            counted(counts.matters, 'ärende', 'ärenden'),
            'uppgifter, kopplingar, avslut',
          ),
          row(
            'Inläsningar',
            dischargeImportsPath,
            counted(counts.imports, 'inläsning', 'inläsningar'),
            'utskrivningsklara dagar ur filer',
          ),
          row(
            'Ordnat införande',
            workChangeProposalsPath,
            counted(counts.proposals, 'förslag', 'förslag'),
            'förslag till förändringar, steg, bedömning, avslut',
          ),
          row(
            'Projekt',
            projectRegisterPath,
            counted(counts.projects, 'projekt', 'projekt'),
            'vad de gör, finansiering, länkar, avslut',
          ),
          row(
            'Kataloger',
            catalogueRegisterPath,
            counted(counts.entries, 'post', 'poster'),
            'Gemensam primärvårdsdata och Intressebanken: poster, ägare, begränsningar',
          ),
          row(
            'Länkar till andra webbplatser',
            linkChecksPath,
            counted(counts.links, 'trasig eller flyttad', 'trasiga eller flyttade'),
            'vilka länkar som inte längre leder rätt, och var de står',
          ),
          ...(all
            ? [
                row(
                  'Ordnat införande: modellen',
                  changeModelPath,
                  counted(counts.steps, 'steg', 'steg'),
                  'steg, frågor, beslutsnivåer',
                ),
                row(
                  'Nyhetsbrev',
                  workNewslettersPath,
                  counted(counts.newsletters, 'nyhetsbrev', 'nyhetsbrev'),
                  'utkast av det som har publicerats, granskning, rättelser',
                ),
                row('Personer', personRegisterPath, counted(counts.persons, 'person', 'personer'), 'namn, egen sida'),
                row(
                  'Organisationer',
                  organisationRegisterPath,
                  counted(counts.organisations, 'organisation', 'organisationer'),
                  'namn, slag, tillhörighet',
                ),
              ]
            : []),
        ],
        none: '',
      },
      {
        anchor: 'genom-beslut',
        title: 'Ändras genom beslut',
        text: 'På en mötespunkt, eller utanför ett möte:',
        columns: [{ text: 'Vad' }, { text: 'Nu' }],
        rows: [
          [
            { text: 'Indikatorn', path: newDecisionLink('indicator_set') },
            { text: 'Regler och gränsvärden', path: dischargeRulesPath },
          ],
          [
            { text: 'Andra gränsvärden och regler', path: newDecisionLink('parameter_set') },
            { text: 'Regler och gränsvärden', path: dischargeRulesPath },
          ],
          [{ text: 'Vem som sitter i en grupp', path: newDecisionLink('member_replaced') }, { text: '–' }],
          [{ text: 'Att en grupp bildas', path: newDecisionLink('body_established') }, { text: '–' }],
          [{ text: 'Att en grupp avslutas', path: newDecisionLink('body_closed') }, { text: '–' }],
          [{ text: 'Att en plan fastställs', path: newDecisionLink('plan_adopted') }, { text: '–' }],
          [{ text: 'Att ett dokument antas', path: newDecisionLink('document_adopted') }, { text: '–' }],
        ],
        none: '',
      },
    ],
  }
}

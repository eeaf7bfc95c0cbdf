import type { LinkOutcome } from '../db/schema.ts'
import type { Tone } from '../http/parts.ts'
import type { Reason } from './rules.ts'

/** `word` stands in addresses and in the command's answer; in the order that they are to be dealt with. */
export const outcomes: Record<LinkOutcome, { word: string; one: string; many: string; tone: Tone }> = {
  broken: { word: 'trasiga', one: 'trasig', many: 'trasiga', tone: 'bad' },
  moved: { word: 'flyttade', one: 'flyttad', many: 'flyttade', tone: 'warning' },
  unreachable: { word: 'svarar-inte', one: 'svarar inte', many: 'svarar inte', tone: 'warning' },
  not_checked: { word: 'ej-provade', one: 'ej prövad', many: 'ej prövade', tone: 'neutral' },
  works: { word: 'fungerar', one: 'fungerar', many: 'fungerar', tone: 'good' },
}

export const outcomeOrder = Object.keys(outcomes) as LinkOutcome[]

/** Why, in a sentence that stands after the outcome. */
export function reasonText(outcome: LinkOutcome, reason: string | null, status: number | null): string {
  if (reason === null) return outcome === 'moved' ? 'Länken leder vidare för gott.' : 'Länken leder rätt.'
  const says = status === null ? '' : ` (${status})`
  const known: Record<Reason, string> = {
    status: statusText(status),
    loop: 'Sidan skickar runt i en cirkel.',
    'too-many-redirects': 'Sidan skickar vidare för många gånger.',
    'bad-redirect': 'Sidan skickar vidare till något som inte är en webbadress.',
    timeout: 'Webbplatsen svarade inte i tid.',
    'no-such-name': 'Webbplatsens namn finns inte.',
    'no-connection': 'Det går inte att ansluta till webbplatsen.',
    'broken-off': 'Webbplatsen avbröt utan ett svar.',
    certificate: 'Webbplatsens certifikat godtas inte; läsare får en varning.',
    'closed-address': 'Adressen ligger på ett inre nät och prövas inte. Alla läsare når den inte.',
    credentials: 'Länken innehåller ett användarnamn eller lösenord och prövas inte.',
    port: 'Länken använder en ovanlig port och prövas inte.',
    robots: 'Webbplatsen tillåter inte att program läser sidan (robots.txt). Öppna den själv.',
    'robots-failed': `Webbplatsen svarar med fel när den ska säga vad program får läsa${says}.`,
    busy: 'Webbplatsen bad om att få vara i fred. Den prövas nästa gång.',
    refuses: `Webbplatsen släpper inte in program utan inloggning eller webbläsare${says}. Öppna sidan själv.`,
  }
  return Object.hasOwn(known, reason) ? known[reason as Reason] : reason
}

function statusText(status: number | null): string {
  if (status === 404) return 'Sidan finns inte (404).'
  if (status === 410) return 'Sidan är borttagen (410).'
  return status !== null && status >= 500
    ? `Webbplatsen har ett fel hos sig (${status}).`
    : `Webbplatsen svarar med ett fel (${status ?? 'okänt'}).`
}

import { z } from 'zod'
import { parseDay } from '../kernel/dates.ts'

const address = z
  .string()
  .trim()
  .toLowerCase()
  .max(254, 'Skriv högst 254 tecken.')
  .regex(/^[^@\s]+@[^@\s]+\.[^@\s]+$/, 'Skriv en e-postadress, till exempel namn@kommun.se.')

/** Where to go afterwards; read by rules.ts, which refuses what is not ours. */
export const afterwards = z.object({
  till: z.string().max(2000).optional().catch(undefined),
  sparat: z.string().optional().catch(undefined),
})

// What was typed only has to be something: how an address or a password must look helps nobody who has one already.
export const signInForm = z.object({
  epost: z.string().trim().toLowerCase().min(1, 'Skriv din e-postadress.').max(254),
  losenord: z.string().min(1, 'Skriv ditt lösenord.').max(1000),
})

export const codeForm = z.object({
  kod: z
    .string()
    .transform((text) => text.replace(/\s/g, ''))
    .pipe(z.string().regex(/^\d{6}$/, 'Koden har sex siffror.')),
})

export const forgottenForm = z.object({ epost: address })

export const choosePasswordForm = z.object({
  losenord: z.string().min(1, 'Skriv ett lösenord.').max(1000),
})

export const changePasswordForm = z.object({
  nuvarande_losenord: z.string().min(1, 'Skriv ditt nuvarande lösenord.').max(1000),
  losenord: z.string().min(1, 'Skriv ett nytt lösenord.').max(1000),
})

export const turnOffTwoStepForm = z.object({
  losenord_for_kod: z.string().min(1, 'Skriv ditt lösenord.').max(1000),
})

const chosen = (text: string) =>
  z
    .string()
    .regex(/^\d{1,15}$/, text)
    .transform(Number)
const optionalChosen = z.union([z.literal('').transform(() => null), chosen('Välj i listan.')]).default(null)

const dayField = z.string().transform((text, context) => {
  const day = parseDay(text.trim())
  if (day !== null) return day
  context.addIssue({ code: 'custom', message: 'Skriv dagen som år-månad-dag, till exempel 2026-01-31.' })
  return z.NEVER
})

const roles = z.enum(['member', 'coordinator', 'administrator'], 'Välj vad kontot får göra.')

export const grantForm = z
  .object({
    roll: roles,
    grupp: optionalChosen,
    fran: dayField,
    till_och_med: z.union([z.literal('').transform(() => null), dayField]).default(null),
    ersatter: optionalChosen,
  })
  .refine(({ roll, grupp }) => roll === 'administrator' || grupp !== null, {
    path: ['grupp'],
    message: 'Välj vilken grupp det gäller.',
  })
  .transform((form) => (form.roll === 'administrator' ? { ...form, grupp: null } : form))

const fullName = z
  .string()
  .trim()
  .max(200, 'Skriv högst 200 tecken.')
  .regex(/^\D*$/, 'Ett namn har inga siffror.')
  .default('')

export const newAccountForm = z
  .object({
    person: optionalChosen,
    namn: fullName,
    epost: address,
    roll: z
      .enum(['', 'member', 'coordinator', 'administrator'], 'Välj vad kontot får göra.')
      .transform((role) => role || null)
      .default(null),
    grupp: optionalChosen,
  })
  .refine(({ person, namn }) => person !== null || namn !== '', {
    path: ['namn'],
    message: 'Välj en person i registret, eller skriv namnet.',
  })
  .refine(({ person, namn }) => person === null || namn === '', {
    path: ['namn'],
    message: 'Lämna fältet tomt när du har valt en person i registret.',
  })
  .refine(({ roll, grupp }) => roll === null || roll === 'administrator' || grupp !== null, {
    path: ['grupp'],
    message: 'Välj vilken grupp det gäller.',
  })

export const emailForm = z.object({ epost: address })

/** A ticked box, so that nobody is erased by a slip of the hand. */
export const eraseForm = z.object({ bekraftat: z.literal('ja') })

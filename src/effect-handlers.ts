/** The one list of who carries out what. A new kind of effect is a handler in the room that owns the register, named here; so is who corrects it. */
import { planEffects } from './action-plans/effects.ts'
import { assignmentEffects } from './assignments/effects.ts'
import { membershipCorrections } from './bodies/corrections.ts'
import { bodyEffects, membershipEffects } from './bodies/effects.ts'
import { decisionCorrections } from './decisions/corrections.ts'
import { standpointEffects } from './decisions/effects.ts'
import { parameterCorrections } from './discharge-days/corrections.ts'
import { parameterEffects } from './discharge-days/effects.ts'
import { documentEffects } from './documents/effects.ts'
import type { EffectHandler } from './effects/effect.ts'
import type { Corrector } from './http/corrections.ts'
import { minutesEffects } from './meetings/effects.ts'

export const effectHandlers: readonly EffectHandler[] = [
  membershipEffects,
  bodyEffects,
  parameterEffects,
  planEffects,
  documentEffects,
  minutesEffects,
  assignmentEffects,
  standpointEffects,
]

export const correctors: readonly Corrector[] = [membershipCorrections, parameterCorrections, decisionCorrections]

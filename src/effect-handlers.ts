/** The one list of who carries out what. A new kind of effect is a handler in the room that owns the register, named here. */
import { planEffects } from './action-plans/effects.ts'
import { assignmentEffects } from './assignments/effects.ts'
import { bodyEffects, membershipEffects } from './bodies/effects.ts'
import { standpointEffects } from './decisions/effects.ts'
import { parameterEffects } from './discharge-days/effects.ts'
import { documentEffects } from './documents/effects.ts'
import type { EffectHandler } from './effects/effect.ts'
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

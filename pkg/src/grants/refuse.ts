// Refusals that are decided on this side of the boundary, in the words of the one table.

import { type Code, table } from '../codes.js'
import type { Refused } from '../refusal.js'

/** The refusal of this code, which has no detail. */
export function refuse(code: Code): Refused {
  const [, blame, , what, remedy] = table.find(([name]) => name === code)!
  return { ok: false, unavailable: false, code, message: `${what} ${remedy}`, blame }
}

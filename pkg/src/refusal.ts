// What a refusal looks like, whoever refuses.

import { type Blame, type Code, type DetailKind, parts, table } from './codes.js'
import type { Memory } from './wasm/memory.js'

/** A token, code or signature that is not accepted. */
export interface Refused {
  readonly ok: false
  /** Whoever asks again with the same gets the same. */
  readonly unavailable: false
  /** Stable: switch on it. */
  readonly code: Code
  /** For people: what is wrong and what to do. It may change. */
  readonly message: string
  /** Who must act. */
  readonly blame: Blame
  /** By how many seconds a time was missed. */
  readonly seconds?: number
  /** Which entry, from 0, of the list that was asked for. */
  readonly index?: number
  /** Where reading stopped: a text and the byte in it. */
  readonly place?: { readonly part: (typeof parts)[number]; readonly offset: number }
}

/** The refusal of row `status - 1` of the table, whose detail is in the first two words.
 *  @internal */
export function refused({ memory }: { readonly memory: Memory }, status: number): Refused {
  const [code, blame, kind, what, remedy] = table[status - 1]!
  const low = memory.word(0)
  const high = memory.word(1)
  return { ok: false, unavailable: false, code, ...detail(kind, what, remedy, low, high | 0), blame }
}

/** The refusal of a code that has no detail. */
export function refuse(code: Code): Refused {
  const [, blame, , what, remedy] = table.find(([name]) => name === code)!
  return { ok: false, unavailable: false, code, message: `${what} ${remedy}`, blame }
}

function detail(kind: DetailKind, what: string, remedy: string, low: number, high: number) {
  switch (kind) {
    case 'seconds': {
      const seconds = high * 2 ** 32 + low
      return { message: `${what} (by ${seconds} s) ${remedy}`, seconds }
    }
    case 'index':
      return { message: `${what} (entry ${low} of the list asked for) ${remedy}`, index: low }
    case 'place': {
      const part = parts[high]!
      return { message: `${what} (byte ${low} of the ${part}) ${remedy}`, place: { part, offset: low } }
    }
    default:
      return { message: `${what} ${remedy}` }
  }
}

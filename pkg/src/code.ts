/**
 * One-time codes, checked without asking anybody: genuine, for this platform, still good.
 * Whether one was already spent only the authority knows.
 *
 * @module
 */

import type { KeySet } from './keys.js'
import { type Refused, refused } from './refusal.js'
import { seconds, sized } from './verify.js'

/** What a code must be. Times are in seconds. */
export interface CodeOptions {
  /** The name of this platform. */
  readonly target: string
  /** The time of day since 1970; by default the clock's. */
  readonly now?: number
  /** How far clocks may differ, 0 to 600. */
  readonly clockTolerance?: number
}

/** A code that is genuine, for this platform and still good. */
export interface CheckedCode {
  readonly ok: true
  readonly target: string
  /** Who sent the agent. */
  readonly user: string
  readonly issuedAt: number
  readonly expiresAt: number
}

/** Checks a one-time code `anx://…` offline. Refuse what is refused here without asking the
 *  authority; redeem what is accepted (`countersign/anexus`), as it may be spent. */
export function checkCode(code: string, keys: KeySet, options: CodeOptions): CheckedCode | Refused {
  if (typeof options.target !== 'string') throw new TypeError('target is the name of a platform')
  const { clockTolerance = 0 } = options
  const { engine: here, number } = keys.held()
  const { memory } = here
  memory.begin().text(sized(code)).text(options.target)
  const tolerance = Number.isSafeInteger(clockTolerance) ? clockTolerance : -1
  const status = here.run((e) => e.check_code(number, seconds(options.now), tolerance))
  if (status !== 0) return refused(here, status)
  const issuedAt = memory.word(5) * 2 ** 32 + memory.word(4)
  return { ok: true, target: memory.read(0), user: memory.read(2), issuedAt, expiresAt: issuedAt + memory.word(6) }
}

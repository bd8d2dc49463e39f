/**
 * **Nothing here is verified.** What a token says before anybody has checked who says so:
 * for logs, debuggers and the choice of an issuer's keys. Never decide anything by it.
 *
 * @module
 */

import { type Refused, refused } from './refusal.js'
import { sized } from './verify.js'
import { engine } from './wasm/engine.js'

/** What a token claims to be. Anybody can have written it. */
export interface Unverified {
  readonly ok: true
  /** The header, which is always an object. */
  readonly header: Readonly<Record<string, unknown>>
  /** The payload where it is JSON; else `undefined`. */
  readonly claims: unknown
}

/** Takes a compact JWS apart **without verifying anything**. */
export function decodeUnverified(token: string): Unverified | Refused {
  const here = engine()
  here.memory.begin().text(sized(token))
  const status = here.run((e) => e.decode_unverified())
  if (status !== 0) return refused(here, status)
  let claims: unknown
  try {
    claims = JSON.parse(here.memory.read(2))
  } catch {
    claims = undefined
  }
  return { ok: true, header: JSON.parse(here.memory.read(0)), claims }
}

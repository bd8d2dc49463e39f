// Verification, synchronous: a token, keys and expectations in, a verdict out.

import { type KeySet } from './keys.js'
import { policy, type VerifyOptions } from './policy.js'
import { type Refused, refused } from './refusal.js'
import { type Engine, engine } from './wasm/engine.js'

/** The claims of a token (RFC 7519 section 4.1), and whatever else it says. */
export interface Claims {
  readonly iss?: string
  readonly sub?: string
  readonly aud?: string | readonly string[]
  readonly exp?: number
  readonly nbf?: number
  readonly iat?: number
  readonly jti?: string
  readonly scope?: string
  readonly [claim: string]: unknown
}

/** The header of a token. */
export interface Header {
  readonly alg: 'ES256' | 'RS256'
  readonly typ?: string
  readonly kid?: string
  readonly [member: string]: unknown
}

/** A token that is genuine and as expected. */
export interface Verified<C = Claims> {
  readonly ok: true
  readonly claims: C
  readonly header: Header
  /** The `kid` of the key that signed. */
  readonly kid: string | undefined
}

/** Valid, with what the token says; or refused, with the reason. */
export type Verdict<C = Claims> = Verified<C> | Refused

/** Headers by their encoding: an issuer's tokens share one. */
const headers = new Map<string, Header>()
const HEADERS = 64

function header(engine: Engine, token: string): Header {
  const encoded = token.slice(0, token.indexOf('.'))
  let known = headers.get(encoded)
  if (known === undefined) {
    known = freeze(JSON.parse(engine.memory.read(0))) as Header
    if (headers.size >= HEADERS) headers.clear()
    headers.set(encoded, known)
  }
  return known
}

/** What is shared between verdicts is not to be changed by one of their receivers. */
export function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) for (const inner of Object.values(Object.freeze(value))) freeze(inner)
  return value
}

/** The clock, in seconds. */
export function clock(): number {
  return Math.floor(Date.now() / 1000)
}

/** A time that is not a number is no time: -1 is refused with its code. */
export function seconds(now: number | undefined): number {
  if (now === undefined) return clock()
  return Number.isFinite(now) ? Math.floor(now) : -1
}

/** Longer than any token that is accepted: what is longer is refused without a copy. */
const LONGEST = 16384

/** Verifies a compact JWT (RFC 7519) by the strictness profile. Never throws on what a token
 *  is; throws a TypeError where the options are not options.
 *
 *  ```ts
 *  const verdict = verifyJwt(token, keys, { issuer: 'https://issuer.example', audience: 'https://api.example' })
 *  if (verdict.ok) verdict.claims.sub
 *  else verdict.code // 'expired', 'signature_invalid', …
 *  ```
 */
export function verifyJwt<C = Claims>(token: string, keys: KeySet, options: VerifyOptions): Verdict<C> {
  const here = engine()
  const number = keys.number(here)
  const place = policy(here, options)
  here.memory.begin().text(sized(token))
  const now = seconds(options.now)
  const status = here.run((e) => e.verify(number, place, now))
  if (status !== 0) return refused(here, status)
  return {
    ok: true,
    claims: JSON.parse(here.memory.read(2)) as C,
    header: header(here, token),
    kid: keys.keys[here.memory.word(4)]!.kid,
  }
}

/** The text of a token, cut where it is too long in any case; what is no text is no token. */
export function sized(token: unknown): string {
  if (typeof token !== 'string') return ''
  return token.length > LONGEST ? token.slice(0, LONGEST + 1) : token
}

/** A signature over bytes that is genuine. */
export interface VerifiedDetached {
  readonly ok: true
  readonly header: Header
  readonly kid: string | undefined
}

/** Verifies a detached JWS (RFC 7515 appendix F), `header..signature`, over a payload. With
 *  `typ` its header must say that type; without, any or none. An unencoded payload
 *  (RFC 7797) is refused, like every extension. */
export function verifyDetached(
  jws: string,
  payload: Uint8Array | string,
  keys: KeySet,
  options: { readonly typ?: string } = {},
): VerifiedDetached | Refused {
  const here = engine()
  const number = keys.number(here)
  const { memory } = here
  memory.begin().text(sized(jws))
  if (typeof payload === 'string') memory.text(payload)
  else memory.data(payload)
  memory.text(options.typ ?? '')
  const rule = options.typ === undefined ? 0 : 1
  const status = here.run((e) => e.verify_detached(number, rule))
  if (status !== 0) return refused(here, status)
  return { ok: true, header: header(here, jws), kid: keys.keys[memory.word(4)]!.kid }
}

/** Verifies an ECDSA P-256 signature in DER over a message, as WebAuthn and X.509 have it. A
 *  JWS never has this form, and nothing in this library calls it for one. The key is the one
 *  named `kid`, or the only one for ES256. */
export function verifyEcdsaDer(
  signature: Uint8Array,
  message: Uint8Array,
  keys: KeySet,
  kid?: string,
): { readonly ok: true; readonly kid: string | undefined } | Refused {
  const here = engine()
  const number = keys.number(here)
  const fits = keys.keys.map((key, i) => (key.alg === 'ES256' && (kid === undefined || key.kid === kid) ? i : -1)).filter((i) => i >= 0)
  if (fits.length !== 1) throw new RangeError(kid === undefined ? 'not exactly one key is for ES256: name it' : 'no key for ES256 has this kid')
  const [index] = fits as [number]
  here.memory.begin().data(signature).data(message)
  const status = here.run((e) => e.verify_ecdsa_der(number, index))
  return status === 0 ? { ok: true, kid: keys.keys[index]!.kid } : refused(here, status)
}

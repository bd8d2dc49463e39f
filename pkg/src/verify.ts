// Verification, synchronous: a token, keys and expectations in, a verdict out.

import { type Algorithm, imported, type KeyInfo, type KeySet } from './keys.js'
import { invalid, only } from './options.js'
import { policy, type VerifyOptions } from './policy.js'
import { type Refused, refused } from './refusal.js'
import type { Engine } from './wasm/engine.js'

/** The claims of a token (RFC 7519 section 4.1), and whatever else it says. Times are in seconds
 *  since 1970. */
export interface Claims {
  /** Who issued it. */
  readonly iss?: string
  /** Whom it is about. */
  readonly sub?: string
  /** For whom it is. */
  readonly aud?: string | readonly string[]
  /** From when on it is refused. */
  readonly exp?: number
  /** Before when it is refused. */
  readonly nbf?: number
  /** When it was issued. */
  readonly iat?: number
  /** Its own id. */
  readonly jti?: string
  /** What it allows: words with a space between them (RFC 8693 section 4.2). */
  readonly scope?: string
  readonly [claim: string]: unknown
}

/** The header of a token (RFC 7515 section 4.1). */
export interface Header {
  readonly alg: Algorithm
  /** What kind of token it says to be: `JWT`, `at+jwt`, … */
  readonly typ?: string
  /** The name of the key that signed. */
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

/** The last header that was read, and its encoding with the dot: an issuer's tokens share one. */
let lastEncoded = '.'
let lastHeader: Header

function header(engine: Engine, token: string): Header {
  if (!token.startsWith(lastEncoded)) {
    lastHeader = freeze(JSON.parse(engine.memory.read(0))) as Header
    lastEncoded = token.slice(0, token.indexOf('.') + 1)
  }
  return lastHeader
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

/** Verifies a compact JWT (RFC 7519) by the strictness profile. A bad token is refused and never
 *  throws. A token of more than 16,384 bytes is refused unread.
 *
 *  ```ts
 *  const verdict = verifyJwt(token, keys, { issuer: 'https://issuer.example', audience: 'https://api.example' })
 *  if (verdict.ok) verdict.claims.sub
 *  else verdict.code // 'expired', 'signature_invalid', …
 *  ```
 *
 *  @throws {@link OptionError} where an option is unknown or of the wrong type. */
export function verifyJwt<C = Claims>(token: string, keys: KeySet, options: VerifyOptions): Verdict<C> {
  const { engine: here, number } = imported(keys)
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

/** A signed content that is genuine. */
export interface VerifiedJws {
  readonly ok: true
  /** What was signed, which may be anything. */
  readonly payload: Uint8Array
  readonly header: Header
  /** The `kid` of the key that signed. */
  readonly kid: string | undefined
}

const nothing = new Uint8Array()

/** Options for signed contents that are no tokens. */
export interface JwsOptions {
  /** The type that the header must say; without, any or none. */
  readonly typ?: string
}

const jwsOptions = new Set(['typ'])

function expectedType(options: JwsOptions): string | undefined {
  only(options, jwsOptions)
  const { typ } = options
  if (typ !== undefined && typeof typ !== 'string') throw invalid('typ', 'a string')
  return typ
}

/** Verifies a compact JWS (RFC 7515) whose payload is not a set of claims. For tokens there is
 *  {@link verifyJwt}.
 *
 *  @throws {@link OptionError} where an option is unknown or of the wrong type. */
export function verifyJws(jws: string, keys: KeySet, options: JwsOptions = {}): VerifiedJws | Refused {
  const typ = expectedType(options)
  const { engine: here, number } = imported(keys)
  const { memory } = here
  memory.begin().text(sized(jws)).text(typ ?? '').data(nothing)
  const status = here.run((e) => e.verify_jws(number, typ === undefined ? 0 : 1, 0))
  if (status !== 0) return refused(here, status)
  const payload = memory.bytes(memory.word(2), memory.word(3))
  return { ok: true, payload, header: header(here, jws), kid: keys.keys[memory.word(4)]!.kid }
}

/** Verifies a detached JWS (RFC 7515 appendix F), `header..signature`, over a payload; text is
 *  taken as UTF-8. An unencoded payload (RFC 7797) is refused, like every extension.
 *
 *  @throws {@link OptionError} where an option is unknown or of the wrong type. */
export function verifyDetached(
  jws: string,
  payload: Uint8Array | string,
  keys: KeySet,
  options: JwsOptions = {},
): Omit<VerifiedJws, 'payload'> | Refused {
  const typ = expectedType(options)
  const { engine: here, number } = imported(keys)
  const { memory } = here
  memory.begin().text(sized(jws)).text(typ ?? '').field(payload)
  const status = here.run((e) => e.verify_jws(number, typ === undefined ? 0 : 1, 1))
  if (status !== 0) return refused(here, status)
  return { ok: true, header: header(here, jws), kid: keys.keys[memory.word(4)]!.kid }
}

/** A bare signature that is genuine. */
export interface VerifiedSignature {
  readonly ok: true
  /** The `kid` of the key that signed. */
  readonly kid: string | undefined
}

/** Verifies a bare signature over a message, by the algorithm of the key: ES256 as r and s of
 *  32 bytes each, or RS256. The key is the one named `kid`, or the only one of the set.
 *
 *  @throws RangeError where that is not exactly one key. */
export function verifySignature(
  signature: Uint8Array,
  message: Uint8Array,
  keys: KeySet,
  kid?: string,
): VerifiedSignature | Refused {
  return bare(signature, message, keys, kid, () => true, false)
}

/** Verifies an ECDSA P-256 signature in DER over a message, as WebAuthn and X.509 have it. A
 *  JWS never has this form, and nothing in this library calls it for one. The key is the one
 *  named `kid`, or the only one for ES256.
 *
 *  @throws RangeError where that is not exactly one key. */
export function verifyEcdsaDer(
  signature: Uint8Array,
  message: Uint8Array,
  keys: KeySet,
  kid?: string,
): VerifiedSignature | Refused {
  return bare(signature, message, keys, kid, (alg) => alg === 'ES256', true)
}

type Fits = (alg: Algorithm) => boolean

function bare(signature: Uint8Array, message: Uint8Array, keys: KeySet, kid: string | undefined, fits: Fits, der: boolean) {
  const { engine: here, number } = imported(keys)
  const index = chosen(keys, kid, fits)
  here.memory.begin().data(signature).data(message)
  const status = here.run((e) => e.verify_signature(number, index, der ? 1 : 0))
  return status === 0 ? { ok: true as const, kid: keys.keys[index]!.kid } : refused(here, status)
}

/** Keys are never tried one after another: the one of this name, the only one, or the only one
 *  that fits. */
function chosen({ keys }: KeySet, kid: string | undefined, fits: Fits): number {
  const named = (key: KeyInfo) => (kid === undefined ? keys.length === 1 || fits(key.alg) : key.kid === kid)
  const found = keys.flatMap((key, i) => (named(key) ? [i] : []))
  if (found.length !== 1) throw new RangeError(kid === undefined ? 'more or less than one key fits: name it' : 'no key has this kid')
  return found[0]!
}

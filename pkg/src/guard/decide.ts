// What guards decide, whatever they stand in front of.

import type { GrantClaims } from '../grants/token.js'
import type { GrantUnavailable } from '../grants/lists.js'
import type { GrantVerifier } from '../grants/verifier.js'
import { callable, invalid, only } from '../options.js'
import type { Refused } from '../refusal.js'
import { KeysUnavailable } from '../verifier.js'

/** What a guard lets through. */
export interface GuardOptions {
  /** Made by `createGrantVerifier`; before it is ready, requests wait for it. */
  readonly verifier: GrantVerifier | Promise<GrantVerifier>
  /** Scopes that must all have been granted. */
  readonly scopes?: readonly string[]
  /** The name of what is protected, for `WWW-Authenticate`. */
  readonly realm?: string
  /** Told why a request was turned away. The answer says no more than a code. */
  readonly onRefused?: (why: Refused | GrantUnavailable) => void
}

/** What a request may do. */
export interface Granted extends GrantClaims {
  /** `unknown` only where the verifier accepts that. */
  readonly revocation: 'valid' | 'unknown'
}

/** What is answered in the place of the guarded handler (RFC 6750 section 3). */
export interface Refusal {
  readonly ok: false
  readonly status: 400 | 401 | 403 | 503
  readonly headers: Readonly<Record<string, string>>
  readonly body: { readonly error: string }
}

/** Let through, with what was granted; or turned away, with what to answer. */
export type Decision = { readonly ok: true; readonly grant: Granted } | Refusal

/** RFC 6750 section 2.1: `Bearer`, of which RFC 9110 ignores the case, and a b64token. */
const BEARER = /^bearer +([A-Za-z0-9\-._~+/]+=*)$/i
const BEARER_OR_NOT = /^bearer(?:$|[ ,])/i

/** RFC 6749 section 3.3, and what a quoted string can hold. */
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]+$/
const REALM = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/

const known = new Set(['verifier', 'scopes', 'realm', 'onRefused'])

/** Checks options once, when the guard is made.
 *
 *  @throws {@link OptionError} */
export function settled(options: GuardOptions): GuardOptions {
  only(options, known)
  const { verifier, scopes = [], realm, onRefused } = options
  if (typeof verifier !== 'object' || verifier === null) throw invalid('verifier', 'what createGrantVerifier makes')
  if (!Array.isArray(scopes) || !scopes.every((scope) => typeof scope === 'string' && SCOPE.test(scope))) throw invalid('scopes', 'a list of scopes')
  if (realm !== undefined && !(typeof realm === 'string' && REALM.test(realm))) throw invalid('realm', 'plain text without quotes')
  callable({ onRefused })
  // A verifier that could not be made is reported to each request, and not to the process.
  if (verifier instanceof Promise) verifier.catch(() => {})
  return { ...options, scopes: [...scopes] }
}

/** Whether a request with this `Authorization` header is let through. For other frameworks than
 *  those with a guard of their own.
 *
 *  @throws {@link OptionError} where an option is unknown or of the wrong type. */
export async function decide(authorization: string | null | undefined, options: GuardOptions): Promise<Decision> {
  return judge(authorization, settled(options))
}

/** As {@link decide}, by options that were checked. */
export async function judge(authorization: string | null | undefined, options: GuardOptions): Promise<Decision> {
  const { scopes = [], realm, onRefused } = options
  const challenge = (error?: string) => {
    const parameters = { realm, error, scope: scopes.length > 0 ? scopes.join(' ') : undefined }
    const said = Object.entries(parameters).flatMap(([name, value]) => (value === undefined ? [] : [`${name}="${value}"`]))
    return ['Bearer', said.join(', ')].join(' ').trim()
  }
  const refusal = (status: 400 | 401 | 403, error?: string): Refusal => ({
    ok: false,
    status,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store', 'www-authenticate': challenge(error) },
    body: { error: error ?? 'unauthorized' },
  })
  // RFC 6750 section 3.1: who brought nothing is told what to bring, and no error.
  if (authorization === undefined || authorization === null || !BEARER_OR_NOT.test(authorization)) return refusal(401)
  const token = BEARER.exec(authorization)?.[1]
  if (token === undefined) return refusal(400, 'invalid_request')

  let answer
  try {
    answer = await (await options.verifier).verify(token, { requiredScopes: scopes })
  } catch (error) {
    if (!(error instanceof KeysUnavailable)) throw error
    answer = { ok: false as const, unavailable: true as const, code: error.code, message: error.message, retryAfter: error.retryAfter, cause: error }
  }
  // Another verifier's answer, such as one of createVerifier: it was asked for no scope.
  if (answer.ok && answer.revocation === undefined) throw invalid('verifier', 'what createGrantVerifier makes')
  if (answer.ok) return { ok: true, grant: { ...answer.claims, revocation: answer.revocation } }
  onRefused?.(answer)
  if (answer.unavailable) {
    return {
      ok: false,
      status: 503,
      headers: { 'content-type': 'application/json', 'cache-control': 'no-store', 'retry-after': String(Math.max(1, Math.ceil(answer.retryAfter))) },
      body: { error: 'temporarily_unavailable' },
    }
  }
  // What only the one who set the guard up can mend is no fault of the token.
  if (answer.code.startsWith('expected_')) throw new TypeError(answer.message)
  return answer.code === 'scope_missing' ? refusal(403, 'insufficient_scope') : refusal(401, 'invalid_token')
}

// A verifier of grants that fetches what it needs: the issuer's keys, and the lists that say
// what was revoked. Both with bounded staleness, and one request for all who wait.

import { callable, frozen, invalid, isPrivate, only, PRIVATE } from '../options.js'
import { check, list } from '../policy.js'
import { refuse, type Refused } from '../refusal.js'
import { ownFetch } from '../requests.js'
import { KeysUnavailable, type Source, type Unavailable, Verifier } from '../verifier.js'
import { clock as timeOfDay } from '../verify.js'
import { type GrantUnavailable, StatusLists } from './lists.js'
import { type GrantClaims, type GrantOptions, expectations, type VerifiedGrant, verifyGrantToken } from './token.js'
import { verifyStatusList } from './status.js'

/** What to do where it cannot be told whether a token was revoked:
 *  - `refuse`: where a revoked token could do harm. While the lists cannot be had, the answer
 *    is `unavailable`.
 *  - `accept`: where being available matters more. The answer says `unknown`. */
export type OnUnknown = 'refuse' | 'accept'

/** Options of {@link createGrantVerifier}. Times are in seconds. */
export interface GrantVerifierOptions extends Omit<GrantOptions, 'now'>, Source {
  /** What to do where it cannot be told whether a token was revoked. There is no default. */
  readonly onUnknown: OnUnknown
  /** The longest that a list vouches after it was asked for, whatever it says itself; 300 by
   *  default, which is what the protocol allows. */
  readonly maxListAge?: number
  /** How many lists are kept, at most; 1000 by default. */
  readonly maxLists?: number
}

const known = new Set([
  'issuer', 'audience', 'developer', 'requiredScopes', 'clockTolerance', 'untyped', 'onUnknown', 'maxListAge', 'maxLists',
  'jwksUri', 'maxAge', 'defaultAge', 'maxStale', 'cooldown', 'timeout', 'fetch', 'clock', 'lazy',
])

/** What may be asked of one token, beside what the verifier asks of all. */
export interface GrantRequirements {
  /** In addition to those of the verifier. */
  readonly requiredScopes?: readonly string[]
}

const requirements = new Set(['requiredScopes'])

/** A grant that is good now, as far as can be told. */
export interface VerifiedNow extends VerifiedGrant {
  /** `unknown` only with `onUnknown: 'accept'`. */
  readonly revocation: 'valid' | 'unknown'
}

/** What a verifier of grants answers: good, refused, or not to be judged now. */
export type GrantAnswer = VerifiedNow | Refused | GrantUnavailable

/** Verifies the grants of one issuer. Made by {@link createGrantVerifier}. */
export class GrantVerifier {
  readonly #expected: Omit<GrantOptions, 'now'>
  readonly #onUnknown: OnUnknown
  readonly #keys: Verifier
  readonly #lists: StatusLists
  readonly #clock: () => number

  /** @internal */
  constructor(options: GrantVerifierOptions) {
    only(options, known)
    const { issuer, audience, developer, requiredScopes, clockTolerance, untyped, onUnknown, maxListAge = 300, maxLists = 1000, ...rest } = options
    if (typeof issuer !== 'string' || issuer === '' || (rest.jwksUri === undefined && !isPrivate(issuer))) throw invalid('issuer', `where the Grantex server is: ${PRIVATE}`)
    if (onUnknown !== 'refuse' && onUnknown !== 'accept') throw invalid('onUnknown', "'refuse' or 'accept': choose what happens while it is unknown whether a token was revoked")
    const { timeout = 5, fetch = ownFetch, clock = timeOfDay } = rest
    callable({ fetch, clock })
    const expected = {
      issuer,
      ...(audience !== undefined && { audience }),
      ...(developer !== undefined && { developer }),
      ...(requiredScopes !== undefined && { requiredScopes }),
      ...(clockTolerance !== undefined && { clockTolerance }),
      ...(untyped !== undefined && { untyped }),
    }
    check(expectations(expected))
    this.#expected = frozen(expected)
    this.#onUnknown = onUnknown
    this.#clock = clock
    this.#keys = new Verifier({ jwksUri: `${issuer.replace(/\/+$/, '')}/.well-known/jwks.json`, ...rest })
    this.#lists = new StatusLists({
      issuer, maxListAge, maxLists, timeout, clock, fetch: fetch.bind(globalThis),
      verify: (token, uri, fetchedAt) =>
        this.#keys.judged((keys, now) =>
          verifyStatusList(token, keys, { issuer, uri, fetchedAt, now, ...(clockTolerance !== undefined && { clockTolerance }) })),
    })
  }

  /** The issuer whose grants are verified. */
  get issuer(): string {
    return this.#expected.issuer
  }

  /** Verifies a token, and that it was not revoked.
   *
   *  @throws {@link OptionError} where an option is unknown or of the wrong type. */
  async verify(token: string, options: GrantRequirements = {}): Promise<GrantAnswer> {
    only(options, requirements)
    const scopes = [...(this.#expected.requiredScopes ?? []), ...list(options.requiredScopes, 'requiredScopes')]
    const expected = scopes.length === 0 ? this.#expected : { ...this.#expected, requiredScopes: scopes }
    const answer = await this.#keys.judged((keys, now) => verifyGrantToken(token, keys, { ...expected, now }))
    return answer.ok ? this.#ifNotRevoked(answer) : answer
  }

  async #ifNotRevoked(verified: VerifiedGrant): Promise<GrantAnswer> {
    const { status } = verified.claims
    // A list elsewhere would have this server ask whomever a token names.
    if (status === undefined || !this.#lists.isOwn(status.uri)) return this.#unknown(verified, refuse('revocation_unknown'))
    const { list, failure } = await this.#lists.get(status.uri)
    // A list that is out of date still tells what was revoked.
    const said = list?.lookUp(status, this.#clock()) ?? 'unknown'
    switch (said) {
      case 'valid':
        // It would go on to say so for as long as it likes, and for ever where it has no `ttl`.
        return failure === undefined ? { ...verified, revocation: 'valid' } : this.#unknown(verified, failure)
      case 'revoked':
        return refuse('token_revoked')
      case 'beyond':
        return refuse('status_index_out_of_range')
      case 'unknown':
        return this.#unknown(verified, failure ?? refuse('revocation_unknown'))
    }
  }

  #unknown(verified: VerifiedGrant, otherwise: Refused | GrantUnavailable): GrantAnswer {
    return this.#onUnknown === 'accept' ? { ...verified, revocation: 'unknown' } : otherwise
  }
}

/** A verifier of the grants of one issuer: fetches its keys and its status lists.
 *
 *  ```ts
 *  const verifier = await createGrantVerifier({ issuer: 'https://auth.example/grantex', developer: 'dev_…', onUnknown: 'refuse' })
 *  const answer = await verifier.verify(token, { requiredScopes: ['calendar:read'] })
 *  if (answer.ok) answer.claims.principal
 *  else if (answer.unavailable) answer.retryAfter // 503
 *  else answer.code // 401, or 403 for 'scope_missing'
 *  ```
 *
 *  @throws {@link KeysUnavailable} where the keys cannot be had now, unless `lazy`;
 *  {@link OptionError} where an option is unknown or of the wrong type. */
export async function createGrantVerifier(options: GrantVerifierOptions): Promise<GrantVerifier> {
  const verifier = new GrantVerifier(options)
  if (options.lazy !== true) {
    const answer = await verifier.verify('')
    if (!answer.ok && answer.unavailable) throw new KeysUnavailable(answer as Unavailable)
  }
  return verifier
}

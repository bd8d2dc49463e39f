/**
 * A cache of verified tokens: opt-in, bounded, and never the reason that a token is accepted
 * which is not.
 *
 * @module
 */

import type { KeySet } from './keys.js'
import { callable, frozen, invalid, only } from './options.js'
import { check, type Expectations } from './policy.js'
import type { Refused } from './refusal.js'
import { type Claims, freeze, seconds, type Verdict, type Verified, verifyJwt } from './verify.js'

/** How a cache of verified tokens behaves. */
export interface CacheOptions<C = Claims> {
  /** How many tokens are kept, at most: 2 or more; 1000 by default. */
  readonly maxTokens?: number
  /** Asked at every hit and at every miss, and answers at once, not with a promise: a token of
   *  which it says `true` is refused with `token_revoked`. */
  readonly isRevoked?: (claims: C) => boolean
}

const known = new Set(['maxTokens', 'isRevoked'])

interface Entry<C> {
  readonly token: string
  readonly verdict: Verified<C>
  /** The seconds within which the token is accepted: from the first to before the last. */
  readonly from: number
  readonly until: number
  readonly jti: string | undefined
}

/** The last characters of a token belong to its signature, which has 86 or more. */
const TAIL = 43

const DEFAULT_TOKENS = 1000

/** Revoked ids that are not worth looking through. */
const FEW = 64

/** @throws {@link OptionError} `within` is the option that these are the value of. */
export function checkCache<C>(options: CacheOptions<C>, within?: string): void {
  only(options, known, within)
  const { maxTokens = DEFAULT_TOKENS, isRevoked } = options
  if (!Number.isSafeInteger(maxTokens) || maxTokens < 2) throw invalid(within === undefined ? 'maxTokens' : `${within}.maxTokens`, 'a whole number, 2 or more')
  callable({ isRevoked })
}

/** The last second of the year 9999: no time is later. */
const LATEST = 253_402_300_799

/** Verifies tokens by one set of keys and one policy, and remembers the good ones.
 *
 *  A hit is a token equal to a remembered one in every character: the key of the map is its
 *  last 43 only because that is fast to hash. Whatever depends on the time is judged again
 *  at each hit, and a token that fails there is verified anew, so that its refusal is the
 *  same as without a cache. Verdicts are shared between hits, hence frozen. */
export class CachedVerifier<C = Claims> {
  #keys: KeySet
  readonly #options: Expectations
  readonly #isRevoked: ((claims: C) => boolean) | undefined
  /** Two generations: when the young one has half of the tokens, the old one is dropped. */
  #young = new Map<string, Entry<C>>()
  #old = new Map<string, Entry<C>>()
  readonly #half: number
  /** Revoked ids, and when they may be forgotten. */
  readonly #revoked = new Map<string, number>()
  /** At how many the past ones are looked for: as often as their number doubles, so that each
   *  is looked at about twice. */
  #many = FEW

  /** @throws {@link OptionError} where an option is unknown or of the wrong type. */
  constructor(keys: KeySet, options: Expectations, cache: CacheOptions<C> = {}) {
    check(options)
    checkCache(cache)
    const { maxTokens = DEFAULT_TOKENS, isRevoked } = cache
    this.#keys = keys
    this.#options = frozen(options)
    this.#half = Math.floor(maxTokens / 2)
    this.#isRevoked = isRevoked
  }

  /** How many tokens are remembered. */
  get size(): number {
    return this.#young.size + this.#old.size
  }

  /** As {@link verifyJwt}, with the time of day in seconds where it is not the clock's. */
  verify(token: string, now?: number): Verdict<C> {
    const at = seconds(now)
    if (typeof token === 'string') {
      const tail = token.slice(-TAIL)
      const entry = this.#find(tail)
      if (entry !== undefined && entry.token === token && at >= entry.from && at < entry.until) {
        return this.#isRefused(entry.verdict.claims, entry.jti, at) ? revoked : entry.verdict
      }
    }
    return this.#verify(token, at)
  }

  #find(tail: string): Entry<C> | undefined {
    const entry = this.#young.get(tail)
    if (entry !== undefined) return entry
    const old = this.#old.get(tail)
    if (old !== undefined) this.#remember(tail, old)
    return old
  }

  #verify(token: string, now: number): Verdict<C> {
    const verdict = verifyJwt<C>(token, this.#keys, { ...this.#options, now })
    if (!verdict.ok) return verdict
    const { exp, nbf, iat, jti } = verdict.claims as Claims
    if (this.#isRefused(verdict.claims, jti, now)) return revoked
    const { clockTolerance = 0, maxTokenAge } = this.#options
    const entry = {
      token,
      verdict: freeze(verdict),
      from: Math.max(0, (nbf ?? 0) - clockTolerance, (iat ?? 0) - clockTolerance),
      until: Math.min(
        LATEST + 1,
        exp === undefined ? Infinity : exp + clockTolerance,
        maxTokenAge === undefined ? Infinity : iat! + maxTokenAge + clockTolerance + 1,
      ),
      jti,
    }
    this.#remember(token.slice(-TAIL), entry)
    return verdict
  }

  #remember(tail: string, entry: Entry<C>): void {
    this.#young.set(tail, entry)
    if (this.#young.size < this.#half) return
    this.#old = this.#young
    this.#young = new Map()
  }

  #isRefused(claims: C, jti: string | undefined, now: number): boolean {
    if (this.#revoked.size > 0 && jti !== undefined) {
      const until = this.#revoked.get(jti)
      if (until !== undefined && now < until) return true
    }
    if (this.#isRevoked === undefined) return false
    const said: unknown = this.#isRevoked(claims)
    // A promise, for one, would be neither, and no token would ever be revoked.
    if (typeof said !== 'boolean') throw invalid('isRevoked', 'a function that answers true or false')
    return said
  }

  /** Refuses tokens with this `jti` from now on, until the time in seconds after which none
   *  of them can be valid any more: the latest `exp`, clock tolerance included. `now` is the
   *  time of day where it is not the clock's, as for {@link verify}. */
  revoke(jti: string, until: number = Infinity, now?: number): void {
    if (typeof jti !== 'string') throw new TypeError('jti is a string')
    if (typeof until !== 'number' || Number.isNaN(until)) throw new TypeError('until is a number of seconds')
    const at = seconds(now)
    if (this.#revoked.size >= this.#many) {
      for (const [id, end] of this.#revoked) if (end <= at) this.#revoked.delete(id)
      this.#many = 2 * this.#revoked.size + FEW
    }
    this.#revoked.set(jti, Math.max(until, this.#revoked.get(jti) ?? 0))
  }

  /** Takes other keys from now on, and forgets what was verified by those before: one of them
   *  may have been withdrawn. */
  use(keys: KeySet): void {
    this.#keys = keys
    this.clear()
  }

  /** Forgets all tokens, and keeps what is revoked. */
  clear(): void {
    this.#young.clear()
    this.#old.clear()
  }
}

const revoked: Refused = Object.freeze({
  ok: false,
  unavailable: false,
  code: 'token_revoked',
  blame: 'bearer',
  message: 'The token was revoked. Get a new token.',
})

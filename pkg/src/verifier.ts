/**
 * A verifier that fetches its keys: bounded staleness, one request at a time, and a clear
 * difference between a token that is refused and keys that cannot be had.
 *
 * @module
 */

import { CachedVerifier, type CacheOptions, checkCache } from './cache.js'
import { importJwks, KeyError, type KeySet } from './keys.js'
import { callable, frozen, invalid, isPrivate, PRIVATE, spans } from './options.js'
import { check, type Expectations } from './policy.js'
import type { Refused } from './refusal.js'
import { ageOf, deltaSeconds, Failure, type Fetch, type FetchHeaders, get, ownFetch, SharedRequest } from './requests.js'
import { type Claims, clock as timeOfDay, type Verdict, type Verified, verifyJwt } from './verify.js'

/** Nothing was judged: the keys could not be had. Ask again later; answer 503, not 401. */
export interface Unavailable {
  readonly ok: false
  readonly unavailable: true
  readonly code: UnavailableCode
  /** For people. It may change. */
  readonly message: string
  /** Seconds until it makes sense to ask again. */
  readonly retryAfter: number
  /** The error behind it, where there was one. */
  readonly cause?: unknown
}

/** - `keys_unreachable`: no answer, or not in time.
 *  - `keys_status`: an answer that is not 200.
 *  - `keys_malformed`: an answer that is no usable key set or metadata. */
export type UnavailableCode = 'keys_unreachable' | 'keys_status' | 'keys_malformed'

/** What a verifier that fetches answers. */
export type Answer<C = Claims> = Verified<C> | Refused | Unavailable

/** Where keys come from and for how long. Times are in seconds. */
export interface Source {
  /** Where the JWK Set is. Without it the issuer's metadata say so (RFC 8414, OpenID Connect
   *  Discovery), and must name the issuer itself. */
  readonly jwksUri?: string
  /** The longest that keys are used without asking again, whatever `Cache-Control` says;
   *  3600 by default. */
  readonly maxAge?: number
  /** How long they are used where `Cache-Control` says nothing; 300 by default. */
  readonly defaultAge?: number
  /** How much longer they are used while the issuer does not answer; 3600 by default. */
  readonly maxStale?: number
  /** The shortest time between two requests, so that unknown `kid`s and failures do not turn
   *  into requests; 30 by default. */
  readonly cooldown?: number
  /** How long an answer may take; 5 by default. While the issuer does not answer, the tokens that
   *  come in that time wait for it, once in a `cooldown`. */
  readonly timeout?: number
  /** Another `fetch`, for a proxy or a test. */
  readonly fetch?: Fetch
  /** Another clock, in seconds. */
  readonly clock?: () => number
  /** Fetch nothing until the first token, which waits for the keys. */
  readonly lazy?: boolean
}

/** Options of {@link createVerifier}: what a token must be, where the keys are, and whether good
 *  tokens are remembered. */
export interface VerifierOptions<C = Claims> extends Expectations, Source {
  /** Remember verified tokens, as {@link CachedVerifier} does. */
  readonly cache?: CacheOptions<C>
}

/** The longest key set, in bytes: MAX_KEY_SET of src/jose/jwks.rs. */
const LONGEST = 262_144

const codes = { unreachable: 'keys_unreachable', status: 'keys_status', tooLong: 'keys_malformed' } as const

/** The keys could not be had when the verifier was made. */
export class KeysUnavailable extends Error {
  override readonly name = 'KeysUnavailable'
  readonly code: UnavailableCode
  readonly retryAfter: number

  constructor({ code, message, retryAfter, cause }: Unavailable) {
    super(`${code}: ${message}`, { cause })
    this.code = code
    this.retryAfter = retryAfter
  }
}

/** Times are those of {@link Verifier.#elapsed}. */
interface Held {
  readonly keys: KeySet
  /** Until when they are used without asking again, and until when at all. */
  readonly fresh: number
  readonly stale: number
}

/** Verifies the tokens of one issuer with keys that it fetches. */
export class Verifier<C = Claims> {
  readonly #expectations: Expectations
  readonly #source: Required<Omit<Source, 'jwksUri' | 'lazy'>>
  readonly #cacheOptions: CacheOptions<C> | undefined
  readonly #jwksUri: string | undefined
  /** What the issuer's metadata said last, for as long as there are keys. */
  #discovered: string | undefined
  #held: Held | undefined
  #cache: CachedVerifier<C> | undefined
  /** Revoked before the first keys came. */
  #revoked: [string, number][] = []
  readonly #request = new SharedRequest<Held | Unavailable>()
  /** What the clock said last, and the seconds that it has advanced in all. */
  #seen = NaN
  #advanced = 0
  /** When the last request was sent, by {@link #elapsed}, and how it failed if it did. */
  #asked = -Infinity
  #failure: Unavailable | undefined

  /** @internal */
  constructor(options: VerifierOptions<C>) {
    const {
      jwksUri, maxAge = 3600, defaultAge = 300, maxStale = 3600, cooldown = 30, timeout = 5,
      fetch = ownFetch, clock = timeOfDay, lazy = false, cache, ...expectations
    } = options ?? {}
    check(expectations)
    if (cache !== undefined) checkCache(cache, 'cache')
    spans({ maxAge, defaultAge, maxStale, cooldown, timeout })
    callable({ fetch, clock })
    if (typeof lazy !== 'boolean') throw invalid('lazy', 'true or false')
    const [name, place] = jwksUri === undefined ? ['issuer', expectations.issuer] : ['jwksUri', jwksUri]
    if (!isPrivate(place)) throw invalid(name, `where the keys are: ${PRIVATE}`)
    this.#jwksUri = jwksUri
    this.#expectations = frozen(expectations)
    // Bound: `fetch` of browsers and workerd must not be called on another object.
    this.#source = { maxAge, defaultAge, maxStale, cooldown, timeout, fetch: fetch.bind(globalThis), clock }
    this.#cacheOptions = cache
  }

  /** The keys as they are now; `undefined` before the first answer. For synchronous use of
   *  `verifyJwt` between two refreshes. */
  get keys(): KeySet | undefined {
    return this.#held?.keys
  }

  /** Verifies a token. Where fresh keys are held, nothing is waited for but the promise. */
  verify(token: string): Promise<Answer<C>> {
    return this.judged((_, now) => this.#judge(token, now))
  }

  /** Judges by the keys that are fetched, and once more by newer ones where the key is not
   *  among them.
   *  @internal */
  async judged<V extends { readonly ok: true }>(judge: (keys: KeySet, now: number) => V | Refused): Promise<V | Refused | Unavailable> {
    const { clock } = this.#source
    if (this.#held === undefined || this.#elapsed() >= this.#held.fresh) {
      const failure = await this.#refresh()
      // RFC 5861 section 4: keys outlive their freshness while the issuer cannot be asked,
      // and for a bounded time, as a key that was withdrawn lives on with them.
      if (failure !== undefined && (this.#held === undefined || this.#elapsed() >= this.#held.stale)) return failure
    }
    const verdict = judge(this.#held!.keys, clock())
    if (verdict.ok || verdict.code !== 'key_unknown') return verdict
    // The key may be newer than the set. Anybody can name an unknown one, so requests are
    // rationed; and while the issuer cannot be asked, whether it has the key cannot be told.
    if (!this.#request.isUnderWay && this.#isTooSoon()) return this.#failure ?? verdict
    return (await this.#refresh()) ?? judge(this.#held!.keys, clock())
  }

  /** Seconds that have passed by the clock. It may be set back, and keys do not get younger by
   *  that: none have passed then. */
  #elapsed(): number {
    const now = this.#source.clock()
    if (now > this.#seen) this.#advanced += now - this.#seen
    this.#seen = now
    return this.#advanced
  }

  #isTooSoon(): boolean {
    return this.#elapsed() - this.#asked < this.#source.cooldown
  }

  #judge(token: string, now: number): Verdict<C> {
    if (this.#cache !== undefined) return this.#cache.verify(token, now)
    return verifyJwt<C>(token, this.#held!.keys, { ...this.#expectations, now })
  }

  /** Refuses tokens with this `jti` from now on, until the time in seconds after which none
   *  of them can be valid any more. Needs the option `cache`. */
  revoke(jti: string, until = Infinity): void {
    if (this.#cacheOptions === undefined) throw new TypeError('revoke needs the option `cache`')
    if (this.#cache === undefined) this.#revoked.push([jti, until])
    else this.#cache.revoke(jti, until, this.#source.clock())
  }

  /** Asks for the keys, once for all who wait. Says why there are none, or nothing where the
   *  last request was too short ago to send another and had succeeded. */
  async #refresh(): Promise<Unavailable | undefined> {
    if (!this.#request.isUnderWay) {
      if (this.#isTooSoon()) return this.#failure
      this.#asked = this.#elapsed()
      this.#request.begin(this.#ask(this.#asked))
    }
    // Metadata in one of two places, and keys: three answers, each in its time.
    await this.#request.wait(3 * this.#source.timeout + 1, (answer) =>
      this.#take(answer ?? this.#unavailable('keys_unreachable', 'no answer came')))
    return this.#failure
  }

  #take(answer: Held | Unavailable): void {
    this.#failure = 'ok' in answer ? answer : undefined
    if ('ok' in answer) return
    if (answer.keys !== this.#held?.keys) this.#cache?.use(answer.keys)
    this.#held = answer
    if (this.#cacheOptions !== undefined && this.#cache === undefined) {
      this.#cache = new CachedVerifier<C>(answer.keys, this.#expectations, this.#cacheOptions)
      for (const [jti, until] of this.#revoked.splice(0)) this.#cache.revoke(jti, until, this.#source.clock())
    }
  }

  #unavailable(code: UnavailableCode, message: string, cause?: unknown): Unavailable {
    return { ok: false, unavailable: true, code, message, retryAfter: this.#source.cooldown, cause }
  }

  async #ask(at: number): Promise<Held | Unavailable> {
    try {
      const { body, headers } = await this.#get(this.#jwksUri ?? (this.#discovered ??= await this.#discover()))
      // The same keys as before go on with the tables that they have made, and what is
      // remembered of tokens stays.
      const keys = this.keys?.isOf(body) ? this.keys : importJwks(body)
      const lifetime = Math.max(this.#source.cooldown, Math.min(maxAge(headers) ?? this.#source.defaultAge, this.#source.maxAge))
      return { keys, fresh: at + lifetime, stale: at + lifetime + this.#source.maxStale }
    } catch (error) {
      // The keys may have moved: the next time the metadata are asked for again.
      this.#discovered = undefined
      const code = error instanceof Failure ? (error as Failure<UnavailableCode>).code : error instanceof KeyError ? 'keys_malformed' : undefined
      if (code === undefined) throw error
      return this.#unavailable(code, (error as Error).message, error)
    }
  }

  /** RFC 8414 section 3 puts the well-known part before the issuer's path, OpenID Connect
   *  Discovery section 4 after it. */
  async #discover(): Promise<string> {
    const issuer = this.#expectations.issuer!
    const { origin, pathname } = new URL(issuer)
    const path = pathname === '/' ? '' : pathname.replace(/\/$/, '')
    const failures: string[] = []
    for (const place of [`${origin}${path}/.well-known/openid-configuration`, `${origin}/.well-known/oauth-authorization-server${path}`]) {
      let body
      try {
        ;({ body } = await this.#get(place))
      } catch (error) {
        if (!(error instanceof Failure) || error.code !== 'keys_status') throw error
        failures.push(error.message)
        continue
      }
      const metadata = parse(body)
      // RFC 8414 section 3.3: otherwise one issuer could speak for another.
      if (metadata['issuer'] !== issuer) throw new Failure('keys_malformed', `the metadata at ${place} name another issuer: ${shown(metadata['issuer'])}`)
      const { jwks_uri } = metadata
      if (typeof jwks_uri !== 'string') throw new Failure('keys_malformed', 'the metadata have no `jwks_uri`')
      // Keys over a connection that anybody can write on are anybody's keys.
      if (!isPrivate(jwks_uri)) throw new Failure('keys_malformed', `the \`jwks_uri\` of the metadata must be ${PRIVATE}`)
      return jwks_uri
    }
    throw new Failure('keys_status', failures.join(', '))
  }

  async #get(url: string) {
    const { fetch, timeout } = this.#source
    return get(url, { fetch, timeout, accept: 'application/jwk-set+json, application/json', longest: LONGEST, codes })
  }
}

/** A value in a message: one line, and not all of a long one. */
function shown(value: unknown): string {
  return String(JSON.stringify(value)).slice(0, 200)
}

function parse(body: Uint8Array): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body))
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>
  } catch {}
  throw new Failure('keys_malformed', 'the metadata are no JSON object')
}

/** RFC 9111 section 5.2.2: for how long the answer is fresh; `undefined` where it says
 *  nothing. What it has spent in other caches is taken off. */
function maxAge(headers: FetchHeaders): number | undefined {
  const directives = (headers.get('cache-control') ?? '').toLowerCase().split(',').map((part) => part.trim())
  if (directives.some((directive) => directive === 'no-store' || directive === 'no-cache')) return 0
  const found = directives.map((directive) => deltaSeconds(/^max-age="?(.*?)"?$/.exec(directive)?.[1] ?? '')).find((age) => age !== undefined)
  if (found === undefined) return undefined
  return Math.max(0, found - ageOf(headers))
}

/** A verifier that fetches the keys of one issuer, and keeps them up to date.
 *
 *  ```ts
 *  const verifier = await createVerifier({ issuer: 'https://issuer.example', audience: 'https://api.example' })
 *  const answer = await verifier.verify(token)
 *  if (answer.ok) answer.claims.sub
 *  else if (answer.unavailable) answer.retryAfter // 503
 *  else answer.code // 401
 *  ```
 *
 *  @throws {@link KeysUnavailable} where the keys cannot be had now, unless `lazy`;
 *  {@link OptionError} where an option is unknown or of the wrong type. */
export async function createVerifier<C = Claims>(options: VerifierOptions<C>): Promise<Verifier<C>> {
  const verifier = new Verifier<C>(options)
  if (options.lazy !== true) {
    const answer = await verifier.verify('')
    if (!answer.ok && answer.unavailable) throw new KeysUnavailable(answer)
  }
  return verifier
}

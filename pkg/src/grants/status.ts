// Status lists (draft-ietf-oauth-status-list): which of many tokens were revoked.

import { imported, type KeySet } from '../keys.js'
import { invalid, only } from '../options.js'
import { policy } from '../policy.js'
import { type Refused, refused } from '../refusal.js'
import { seconds, sized } from '../verify.js'
import { engine } from '../wasm/engine.js'
import { type GrantInstance, reader } from '../wasm/grants.js'
import { freeUnused, release } from '../wasm/unused.js'
import type { GrantClaims, StatusReference } from './token.js'

/** - `valid`: a fresh list says that the token was not revoked.
 *  - `revoked`: a list says that it was, and no later list takes that back.
 *  - `unknown`: there is no list for it, or the list is out of date. */
export type Revocation = 'valid' | 'revoked' | 'unknown'

/** What a status list must be. Times are in seconds. */
export interface StatusListOptions {
  /** `iss`, character by character. */
  readonly issuer: string
  /** The address that the list was fetched from, which must be its own. */
  readonly uri: string
  /** When it was asked for; by default `now`. It may be relied upon from then on. */
  readonly fetchedAt?: number
  /** The time of day since 1970; by default the clock's. */
  readonly now?: number
  /** How far clocks may differ, 0 to 600. */
  readonly clockTolerance?: number
}

const known = new Set(['issuer', 'uri', 'fetchedAt', 'now', 'clockTolerance'])

interface Held {
  instance: GrantInstance
  number: number
}

/** What the list says of a place beyond its end. */
const BEYOND = 3
const answers = ['valid', 'revoked', 'unknown'] as const

/** A list that is genuine. Made by {@link verifyStatusList}. */
export class StatusList {
  /** Its address. */
  readonly uri: string
  /** When it was asked for, in seconds since 1970. */
  readonly fetchedAt: number
  /** For how many seconds after that it may be relied upon, where it says so. */
  readonly timeToLive: number | undefined
  /** `exp`: from when on it says nothing of what is still good, where it says so. */
  readonly expiresAt: number | undefined
  readonly #payload: Uint8Array
  #held!: Held

  /** @internal */
  constructor(payload: Uint8Array, uri: string, fetchedAt: number, held: Held) {
    const { memory } = held.instance
    this.uri = uri
    this.fetchedAt = fetchedAt
    this.timeToLive = memory.word(1) || undefined
    this.expiresAt = memory.word(3) * 2 ** 32 + memory.word(2) || undefined
    this.#payload = payload
    this.#keep(held)
  }

  #keep(held: Held): void {
    const { instance, number } = (this.#held = held)
    freeUnused(this, held, instance, () => instance.exports.free_list(number))
  }

  /** What the list says of a place at a time; `beyond` where it ends before.
   *  @internal */
  lookUp({ index, uri }: StatusReference, now: number): Revocation | 'beyond' {
    if (reader.instance !== this.#held.instance) {
      release(this.#held)
      const held = read(this.#payload, this.uri)
      if ('ok' in held) throw new Error('a status list could not be read a second time')
      this.#keep(held)
    }
    const { instance, number } = this.#held
    instance.memory.begin().text(uri)
    const status = reader.run(instance, (e) => e.revocation(number, index, this.fetchedAt, now))
    return status === BEYOND ? 'beyond' : answers[status]!
  }
}

/** Has the reader keep a list. */
function read(payload: Uint8Array, uri: string): Held | Refused {
  const { instance } = reader
  instance.memory.begin().data(payload).text(uri)
  const status = reader.run(instance, (e) => e.status_list())
  return status === 0 ? { instance, number: instance.memory.word(0) } : refused(instance, status)
}

/** A status list that is genuine. */
export interface VerifiedStatusList {
  readonly ok: true
  /** What {@link revocationOf} looks tokens up in. */
  readonly list: StatusList
}

/** Verifies a status list token (`statuslist+jwt`, draft-ietf-oauth-status-list section 5.1) as it
 *  was fetched from `uri`.
 *
 *  @throws {@link OptionError} where an option is unknown or of the wrong type. */
export function verifyStatusList(token: string, keys: KeySet, options: StatusListOptions): VerifiedStatusList | Refused {
  only(options, known)
  const now = seconds(options.now)
  const { issuer, uri, clockTolerance, fetchedAt = now } = options
  if (typeof uri !== 'string') throw invalid('uri', 'the address of the list')
  if (!Number.isFinite(fetchedAt)) throw invalid('fetchedAt', 'a number of seconds')
  const { engine: here, number } = imported(keys)
  const place = policy(here, {
    issuer,
    typ: 'statuslist+jwt',
    requiredClaims: ['sub', 'iat'],
    ...(clockTolerance !== undefined && { clockTolerance }),
    // Section 5.1: `exp` is optional, as `ttl` may bound the list.
    allow: { anyAudience: true, withoutExpiry: true },
  })
  here.memory.begin().text(sized(token))
  const status = here.run((e) => e.verify(number, place, now))
  if (status !== 0) return refused(here, status)
  const payload = here.memory.bytes(here.memory.word(2), here.memory.word(3))
  const held = read(payload, uri)
  if ('ok' in held) return held
  return { ok: true, list: new StatusList(payload, uri, Math.floor(fetchedAt), held) }
}

/** What a list says of a token at the time `now` in seconds; the clock's by default. A token
 *  that names another list, or a place that this list does not have, is `unknown`: what that
 *  means is for the caller to decide. */
export function revocationOf(claims: Pick<GrantClaims, 'status'>, list: StatusList, now?: number): Revocation {
  if (claims.status === undefined) return 'unknown'
  const said = list.lookUp(claims.status, seconds(now))
  return said === 'beyond' ? 'unknown' : said
}

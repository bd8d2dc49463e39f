// The status lists of one issuer, fetched when they are needed and kept while they are fresh.

import { invalid, spans } from '../options.js'
import type { Refused } from '../refusal.js'
import { ageOf, Failure, type Fetch, get, SharedRequest } from '../requests.js'
import type { Unavailable, UnavailableCode } from '../verifier.js'
import { StatusList, type VerifiedStatusList } from './status.js'

/** - `status_list_unreachable`: no answer, or not in time.
 *  - `status_list_status`: an answer that is not 200.
 *  - `status_list_unusable`: an answer that is no list of this issuer, or an old one. */
export type StatusCode = 'status_list_unreachable' | 'status_list_status' | 'status_list_unusable'

/** Nothing was judged: keys or lists could not be had. Ask again later; answer 503, not 401. */
export interface GrantUnavailable extends Omit<Unavailable, 'code'> {
  readonly code: UnavailableCode | StatusCode
}

/** Seconds between two requests for a list that cannot be had. */
const COOLDOWN = 5

/** Longer than any list that is accepted: the longest token. */
const LONGEST = 16_384

const codes = { unreachable: 'status_list_unreachable', status: 'status_list_status', tooLong: 'status_list_unusable' } as const

const decoder = new TextDecoder()

/** Whose lists they are, and how one is fetched and verified. Times are in seconds. */
export interface ListSource {
  readonly issuer: string
  readonly maxListAge: number
  readonly maxLists: number
  readonly timeout: number
  readonly clock: () => number
  readonly fetch: Fetch
  verify(token: string, uri: string, fetchedAt: number): Promise<VerifiedStatusList | Refused | Unavailable>
}

interface Entry {
  list: StatusList | undefined
  /** When it was asked for, and until when it is used without asking again. */
  asked: number
  fresh: number
  failure: GrantUnavailable | undefined
  failedAt: number
  readonly request: SharedRequest<Partial<Entry>>
}

/** Of a list that will have been asked for, nobody can tell how old it is. */
function isFresh({ list, asked, fresh }: Entry, now: number): boolean {
  return list !== undefined && now >= asked && now < fresh
}

/** The lists of one issuer. */
export class StatusLists {
  readonly #source: ListSource
  readonly #origin: string
  /** In the order in which they were last used. */
  readonly #entries = new Map<string, Entry>()

  constructor(source: ListSource) {
    spans({ timeout: source.timeout })
    if (typeof source.maxListAge !== 'number' || !(source.maxListAge >= 1)) throw invalid('maxListAge', 'a number of seconds, 1 or more')
    if (!Number.isSafeInteger(source.maxLists) || source.maxLists < 1) throw invalid('maxLists', '1 or more')
    this.#source = source
    this.#origin = new URL(source.issuer).origin
  }

  /** Whether a list is where the issuer is. */
  isOwn(uri: string): boolean {
    try {
      return new URL(uri).origin === this.#origin
    } catch {
      return false
    }
  }

  /** The list of an address, fresh where that can be had; else the last one that was, and why
   *  there is no newer one. */
  async get(uri: string): Promise<{ readonly list: StatusList | undefined; readonly failure: GrantUnavailable | undefined }> {
    const { clock, timeout } = this.#source
    const entry = this.#entry(uri)
    const now = clock()
    if (isFresh(entry, now)) return { list: entry.list, failure: undefined }
    // A clock that was set back has not been where the failure was.
    if (!entry.request.isUnderWay && !(now >= entry.failedAt && now < entry.failedAt + COOLDOWN)) {
      entry.request.begin(this.#refresh(uri, entry, now))
    }
    await entry.request.wait(timeout + 1, (answer) => Object.assign(entry, answer))
    return { list: entry.list, failure: isFresh(entry, clock()) ? undefined : (entry.failure ?? unavailable(new Failure(codes.unreachable, `${uri} did not answer`))) }
  }

  #entry(uri: string): Entry {
    const entry = this.#entries.get(uri) ?? { list: undefined, asked: -Infinity, fresh: -Infinity, failure: undefined, failedAt: -Infinity, request: new SharedRequest<Partial<Entry>>() }
    this.#entries.delete(uri)
    this.#entries.set(uri, entry)
    if (this.#entries.size > this.#source.maxLists) this.#entries.delete(this.#entries.keys().next().value!)
    return entry
  }

  async #refresh(uri: string, entry: Entry, now: number): Promise<Partial<Entry>> {
    const { fetch, timeout, maxListAge, verify } = this.#source
    try {
      const { body, headers } = await get(uri, { fetch, timeout, accept: 'application/statuslist+jwt', longest: LONGEST, codes })
      // What it has spent in other caches is taken off the time that it may be relied upon.
      const fetchedAt = now - ageOf(headers)
      const answer = await verify(decoder.decode(body).trim(), uri, fetchedAt)
      if (!answer.ok) throw new Failure('status_list_unusable', `${uri} has no usable list: ${answer.code}`, answer)
      const { list } = answer
      const fresh = Math.min(fetchedAt + Math.min(list.timeToLive ?? maxListAge, maxListAge), list.expiresAt ?? Infinity)
      // What is stale on arrival replaces none: an older list knows of fewer revocations.
      if (fresh <= now) {
        entry.list ??= list
        throw new Failure('status_list_unusable', `${uri} has only a list that is out of date`)
      }
      return { list, asked: now, fresh, failure: undefined }
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      return { failure: unavailable(error as Failure<StatusCode>), failedAt: now }
    }
  }
}

function unavailable(error: Failure<StatusCode>): GrantUnavailable {
  return { ok: false, unavailable: true, code: error.code, message: error.message, retryAfter: COOLDOWN, cause: error }
}

// One call over HTTP: time limit, retries where they are safe, and errors by what to do.

import { callable, invalid, isPrivate, PRIVATE, spans } from '../options.js'
import { deadline, type Fetch, type FetchResponse, jsonOf, ownFetch } from '../requests.js'
import { DeniedError, type Failed, InvalidError, RetryError, SignInError } from './errors.js'

/** How a client calls. */
export interface GrantexOptions {
  /** The base address, prefix included: `https://…/grantex`. */
  readonly baseUrl: string
  /** The developer's key, which `Grantex.signup` answers with. */
  readonly apiKey: string
  /** Seconds until an answer must be there; 30 by default. */
  readonly timeout?: number
  /** How often calls are repeated that may be: those that only read, and refresh, which the
   *  server recognises by its idempotency key. 2 by default. */
  readonly retries?: number
  /** The longest wait before a repetition, in seconds; 10 by default. Where the server asks for
   *  more, the error is thrown instead. */
  readonly maxWait?: number
  /** Another `fetch`, for a proxy or a test. */
  readonly fetch?: Fetch
}

/** Options of any call. */
export interface CallOptions {
  /** Ends the call: it then throws the signal's reason. */
  readonly signal?: AbortSignal
}

export type Json = Readonly<Record<string, unknown>>

/** A call as the methods describe it. */
export interface Call extends CallOptions {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  readonly path: string
  readonly query?: Json
  readonly body?: Json
  readonly idempotencyKey?: string
}

export class Transport {
  readonly #base: string
  readonly #timeout: number
  readonly #retries: number
  readonly #maxWait: number
  readonly #fetch: Fetch
  /** Absent before there is one. */
  apiKey: string | undefined

  constructor({ baseUrl, apiKey, timeout = 30, retries = 2, maxWait = 10, fetch = ownFetch }: Omit<GrantexOptions, 'apiKey'> & { readonly apiKey?: string }) {
    // A key over a connection that anybody can read on is anybody's key.
    if (!isPrivate(baseUrl)) throw invalid('baseUrl', PRIVATE)
    if (typeof retries !== 'number' || !(retries >= 0)) throw invalid('retries', 'a number, 0 or more')
    spans({ timeout, maxWait })
    callable({ fetch })
    this.#base = baseUrl.replace(/\/+$/, '')
    this.apiKey = apiKey
    this.#timeout = timeout
    this.#retries = retries
    this.#maxWait = maxWait
    this.#fetch = fetch.bind(globalThis)
  }

  /** The answer's JSON; an empty object where it has none. */
  async call(call: Call): Promise<Json> {
    const mayRepeat = call.method === 'GET' || call.idempotencyKey !== undefined
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.#once(call)
      } catch (error) {
        if (!(error instanceof RetryError) || !mayRepeat || attempt >= this.#retries) throw error
        // Half of it at random, so that those who failed together do not return together.
        const wait = error.retryAfter ?? 0.25 * 2 ** attempt * (0.5 + Math.random() / 2)
        if (wait > this.#maxWait) throw error
        await pause(wait, call.signal)
      }
    }
  }

  async #once({ method, path, query = {}, body, idempotencyKey, signal }: Call): Promise<Json> {
    signal?.throwIfAborted()
    const given = Object.entries(query).map(([name, value]) => [name, String(value)])
    const url = `${this.#base}${path}${given.length > 0 ? `?${new URLSearchParams(given)}` : ''}`
    const limit = deadline(this.#timeout)
    let response, json
    try {
      response = await this.#fetch(url, {
        method,
        headers: {
          accept: 'application/json',
          ...(this.apiKey !== undefined && { authorization: `Bearer ${this.apiKey}` }),
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...(idempotencyKey !== undefined && { 'idempotency-key': idempotencyKey }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        redirect: 'manual',
        signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
      })
      json = object(await jsonOf(response))
    } catch (cause) {
      signal?.throwIfAborted()
      throw limit.aborted
        ? new RetryError({ message: `no answer within ${this.#timeout} s`, reason: 'timeout', cause })
        : new RetryError({ message: 'the server could not be reached', reason: 'network', cause })
    }
    if (!response.ok) throw failure(response, json)
    if (response.status === 204) return {}
    if (json === undefined) throw unreadable('no JSON', response)
    return json
  }
}

function object(json: unknown): Json | undefined {
  return typeof json === 'object' && json !== null && !Array.isArray(json) ? (json as Json) : undefined
}

/** An answer of a server that is not the one it should be, or not well. */
export function unreadable(what: string, response?: FetchResponse): RetryError {
  return new RetryError({ message: `the answer cannot be read: ${what}`, reason: 'server', ...(response && { status: response.status }) })
}

function failure(response: FetchResponse, json: Json = {}): Error {
  const { status, headers } = response
  const text = (value: unknown) => (typeof value === 'string' ? value : undefined)
  const code = text(json['code'])
  const requestId = text(json['requestId']) ?? headers.get('x-request-id') ?? undefined
  const failed: Failed = {
    message: text(json['message']) ?? text(json['error']) ?? `the server answered ${status || 'with a redirect'}`,
    status,
    ...(code !== undefined && { code }),
    ...(requestId !== undefined && { requestId }),
  }
  const wait = /^\d{1,9}$/.exec(headers.get('retry-after')?.trim() ?? '')
  const retryAfter = wait === null ? undefined : Number(wait[0])
  if (status === 429) return new RetryError({ ...failed, reason: 'rate_limited', retryAfter })
  // A redirect is another server's answer in the place of this one's.
  if (status >= 500 || status === 408 || status < 400) return new RetryError({ ...failed, reason: 'server', retryAfter })
  if (status === 401) return new SignInError(failed)
  if (status === 403 || status === 402) return new DeniedError(failed)
  return new InvalidError(failed)
}

function pause(seconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = () => {
      clearTimeout(timer)
      reject(signal!.reason)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', end)
      resolve()
    }, seconds * 1000)
    signal?.addEventListener('abort', end, { once: true })
  })
}

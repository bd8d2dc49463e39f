// How the package asks servers: within a time, for an answer of bounded length, without following
// redirects, and once for all who wait.

/** The longest that a timer holds, in milliseconds. */
const LONGEST = 0x7fff_ffff

/** Whole milliseconds, and no more than a timer holds. */
const milliseconds = (seconds: number) => Math.min(Math.ceil(seconds * 1000), LONGEST)

/** RFC 9110 section 15.4; 0 is all that browsers show of one. */
const redirects = new Set([0, 301, 302, 303, 307, 308])

/** A signal that aborts after so many seconds. */
export function deadline(seconds: number): AbortSignal {
  return AbortSignal.timeout(milliseconds(seconds))
}

/** What another `fetch` is told, beside the address. */
export interface FetchInit {
  readonly method?: string
  readonly headers: Record<string, string>
  readonly body?: string
  readonly redirect: 'manual'
  readonly signal: AbortSignal
}

/** As much of a response as is read. */
export interface FetchResponse {
  readonly ok: boolean
  readonly status: number
  readonly headers: FetchHeaders
  readonly body: {
    getReader(): {
      read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>
      cancel(): Promise<void>
    }
    cancel(): Promise<void>
  } | null
}

/** As much of the headers of a response as is read. */
export interface FetchHeaders {
  get(name: string): string | null
}

/** A `fetch`: the runtime's own, that of undici with a proxy, or one for tests. */
export type Fetch = (url: string, init: FetchInit) => Promise<FetchResponse>

/** The runtime's own, as it is when it is called: who traces or imitates requests may replace it later. */
export const ownFetch: Fetch = (...request) => globalThis.fetch(...request)

/** Why there is no answer to go on with. */
export class Failure<Code extends string> extends Error {
  readonly code: Code

  constructor(code: Code, message: string, cause?: unknown) {
    super(message, { cause })
    this.code = code
  }
}

/** What is asked for, and of whom. */
export interface Asking<Code extends string> {
  readonly fetch: Fetch
  /** Seconds until the whole answer must be there. */
  readonly timeout: number
  readonly accept: string
  /** The longest body, in bytes. */
  readonly longest: number
  /** What it is called when there is no answer, another than 200, or a longer one. */
  readonly codes: { readonly unreachable: Code; readonly status: Code; readonly tooLong: Code }
}

/** The body of what is at `url`, and the headers that came with it.
 *
 *  @throws {@link Failure} */
export async function get<Code extends string>(url: string, asking: Asking<Code>): Promise<{ readonly body: Uint8Array; readonly headers: FetchHeaders }> {
  const { fetch, timeout, accept, longest, codes } = asking
  try {
    // Where it is was configured or said by the issuer; nobody else moves it.
    const response = await fetch(url, { headers: { accept }, redirect: 'manual', signal: deadline(timeout) })
    if (response.status !== 200) {
      await response.body?.cancel()
      throw new Failure(codes.status, `${url} answered ${redirects.has(response.status) ? 'with a redirect, which is not followed' : response.status}`)
    }
    const body = await read(response, longest)
    if (body === undefined) throw new Failure(codes.tooLong, `${url} answered with more than ${longest} bytes`)
    return { body, headers: response.headers }
  } catch (error) {
    if (error instanceof Failure) throw error
    throw new Failure(codes.unreachable, `${url} did not answer`, error)
  }
}

/** The longest answer of an authority that its clients read, in bytes: a list of a thousand grants
 *  with all that each may say is some megabytes. */
const LONGEST_ANSWER = 16 * 1024 * 1024

/** The body of an authority's answer as JSON; `undefined` where it is none, or too long to be one. */
export async function jsonOf(response: FetchResponse): Promise<unknown> {
  const body = await read(response, LONGEST_ANSWER)
  try {
    return JSON.parse(new TextDecoder().decode(body))
  } catch {
    return undefined
  }
}

/** A body, unless it is longer. */
async function read({ body }: FetchResponse, longest: number): Promise<Uint8Array | undefined> {
  const pieces: Uint8Array[] = []
  let length = 0
  // Not every runtime iterates over streams.
  const reader = body?.getReader()
  try {
    for (;;) {
      const { done, value } = (await reader?.read()) ?? { done: true }
      if (done) break
      length += value!.length
      if (length > longest) return undefined
      pieces.push(value!)
    }
  } finally {
    await reader?.cancel().catch(() => {})
  }
  const whole = new Uint8Array(length)
  let at = 0
  for (const piece of pieces) {
    whole.set(piece, at)
    at += piece.length
  }
  return whole
}

/** RFC 9111 section 5.1: the seconds that an answer has spent in caches on its way. */
export function ageOf(headers: FetchHeaders): number {
  return deltaSeconds(headers.get('age')?.trim() ?? '') ?? 0
}

/** RFC 9111 section 1.2.2: a number of seconds; what is longer than 2³¹ is as long. */
export function deltaSeconds(text: string): number | undefined {
  return /^\d+$/.test(text) ? Math.min(Number(text), 2 ** 31) : undefined
}

/** A request that is sent once for all who wait for its answer. */
export class SharedRequest<T> {
  #request: Promise<T> | undefined

  /** Whether there is one to wait for. */
  get isUnderWay(): boolean {
    return this.#request !== undefined
  }

  /** Has those who come from now on wait for this request. */
  begin(request: Promise<T>): void {
    this.#request = request
  }

  /** Waits for the request under way, if there is one. The first whose wait ends hands what came
   *  of it to `take`, or `undefined` where nothing did within so many seconds: in Workers a
   *  request that was begun for one visitor ends with them, and those who wait for it would do
   *  so for ever. */
  async wait(seconds: number, take: (answer: T | undefined) => void): Promise<void> {
    const request = this.#request
    if (request === undefined) return
    let answer
    let isFirst = false
    try {
      answer = await within(seconds, request)
    } finally {
      isFirst = this.#request === request
      if (isFirst) this.#request = undefined
    }
    if (isFirst) take(answer)
  }
}

async function within<T>(seconds: number, shared: Promise<T>): Promise<T | undefined> {
  let end = () => {}
  const late = new Promise<undefined>((resolve) => (end = () => resolve(undefined)))
  const timer = setTimeout(end, milliseconds(seconds))
  try {
    return await Promise.race([shared, late])
  } finally {
    clearTimeout(timer)
  }
}

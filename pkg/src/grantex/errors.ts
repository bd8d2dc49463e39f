// What can go wrong, by what is to be done about it.

/** - `retry`: ask again later; nothing was judged.
 *  - `sign_in`: the API key is not good, or no longer.
 *  - `denied`: the key is good and may not do this.
 *  - `invalid`: what was asked for cannot be; the same again gets the same. */
export type GrantexErrorKind = 'retry' | 'sign_in' | 'denied' | 'invalid'

/** What is known of a failed call. */
export interface Failed {
  readonly message: string
  /** The status of the answer; absent where there was none. */
  readonly status?: number
  /** The protocol's code, such as `NOT_FOUND`. */
  readonly code?: string
  /** By which the server's log knows the call. */
  readonly requestId?: string
  readonly cause?: unknown
}

/** Whatever a call of the client throws, but for a `TypeError` on arguments that are none and
 *  the reason of a signal that the caller aborted. */
export abstract class GrantexError extends Error {
  abstract readonly kind: GrantexErrorKind
  readonly status: number | undefined
  readonly code: string | undefined
  readonly requestId: string | undefined

  constructor({ message, status, code, requestId, cause }: Failed) {
    super(message, cause === undefined ? undefined : { cause })
    this.status = status
    this.code = code
    this.requestId = requestId
  }
}

/** - `network`: no connection, or it broke.
 *  - `timeout`: no answer in time.
 *  - `rate_limited`: too many calls.
 *  - `server`: an answer that says that the server failed, or that cannot be read. */
export type RetryReason = 'network' | 'timeout' | 'rate_limited' | 'server'

/** Ask again later. With `network`, `timeout` and `server` it is not known whether the call was
 *  carried out. */
export class RetryError extends GrantexError {
  override readonly name = 'RetryError'
  readonly kind = 'retry'
  readonly reason: RetryReason
  /** Seconds to wait, where the server says so. */
  readonly retryAfter: number | undefined

  constructor(failed: Failed & { readonly reason: RetryReason; readonly retryAfter?: number | undefined }) {
    super(failed)
    this.reason = failed.reason
    this.retryAfter = failed.retryAfter
  }
}

/** The API key is unknown, or was rotated. */
export class SignInError extends GrantexError {
  override readonly name = 'SignInError'
  readonly kind = 'sign_in'
}

/** The developer may not do this: a policy, a limit of the plan, consent that is missing. */
export class DeniedError extends GrantexError {
  override readonly name = 'DeniedError'
  readonly kind = 'denied'
}

/** Something in the call is wrong, used up, or not there. */
export class InvalidError extends GrantexError {
  override readonly name = 'InvalidError'
  readonly kind = 'invalid'
}

/**
 * A client of the Grantex protocol: ask for a grant, exchange it for tokens, pass it on, take
 * it back, keep the trail.
 *
 * @module
 */

export { createPair as createPkcePair } from './pkce.js'
export { Grantex } from './grantex/client.js'
export { DeniedError, GrantexError, type GrantexErrorKind, InvalidError, RetryError, type RetryReason, SignInError } from './grantex/errors.js'
export type * from './grantex/types.js'
export type { CallOptions, GrantexOptions } from './grantex/transport.js'

/**
 * Proof Key for Code Exchange, method S256 (RFC 7636). Synchronous.
 *
 * @module
 */

import { encode } from './base64url.js'
import { challenge as challengeOf } from './wasm/hash.js'

/** RFC 7636 section 4.1: 43 to 128 unreserved characters. */
const VERIFIER = /^[A-Za-z0-9\-._~]{43,128}$/

/** A new verifier: 32 random bytes, 43 characters. Keep it until the flow is finished. */
export function createVerifier(): string {
  return encode(crypto.getRandomValues(new Uint8Array(32)))
}

/** The challenge of a verifier (RFC 7636 section 4.2).
 *
 *  @throws RangeError where the verifier is none. */
export function challenge(verifier: string): string {
  if (!VERIFIER.test(verifier)) throw new RangeError('a verifier is 43 to 128 of A-Z a-z 0-9 - . _ ~')
  return challengeOf(verifier)
}

/** A new verifier and its challenge. */
export function createPair(): { readonly verifier: string; readonly challenge: string; readonly method: 'S256' } {
  const verifier = createVerifier()
  return { verifier, challenge: challenge(verifier), method: 'S256' }
}

/** Whether a verifier is the one of a challenge. What is no verifier is not. */
export function verify(verifier: string, expected: string): boolean {
  if (typeof verifier !== 'string' || typeof expected !== 'string' || !VERIFIER.test(verifier)) return false
  const found = challengeOf(verifier)
  if (expected.length !== found.length) return false
  let difference = 0
  for (let i = 0; i < found.length; i++) difference |= found.charCodeAt(i) ^ expected.charCodeAt(i)
  return difference === 0
}

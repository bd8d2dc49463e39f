/**
 * Proof Key for Code Exchange, method S256 (RFC 7636). Synchronous.
 *
 * @module
 */

import { encode } from './base64url.js'
import { challenge as challengeOf } from './wasm/hash.js'

/** A new verifier: 32 random bytes, 43 characters. Keep it until the flow is finished. */
export function createVerifier(): string {
  return encode(crypto.getRandomValues(new Uint8Array(32)))
}

/** The challenge of a verifier (RFC 7636 section 4.2).
 *
 *  @throws RangeError where the verifier is none. */
export function challenge(verifier: string): string {
  const found = challengeOf(verifier)
  if (found === undefined) throw new RangeError('a verifier is 43 to 128 of A-Z a-z 0-9 - . _ ~')
  return found
}

/** A new verifier and its challenge. */
export function createPair(): { readonly verifier: string; readonly challenge: string; readonly method: 'S256' } {
  const verifier = createVerifier()
  return { verifier, challenge: challenge(verifier), method: 'S256' }
}

/** Whether a verifier is the one of a challenge (RFC 7636 section 4.6), compared in constant time.
 *  A text that cannot be a verifier is not. */
export function verify(verifier: string, expected: string): boolean {
  const found = challengeOf(verifier)
  if (found === undefined || typeof expected !== 'string' || expected.length !== found.length) return false
  let difference = 0
  for (let i = 0; i < found.length; i++) difference |= found.charCodeAt(i) ^ expected.charCodeAt(i)
  return difference === 0
}

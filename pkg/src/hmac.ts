/**
 * HMAC-SHA256 (RFC 2104), and the request signatures that Anexus builds of it. Synchronous.
 *
 * @module
 */

import { characters, isBytes } from './bytes.js'
import { hmac } from './wasm/hash.js'

const encoder = new TextEncoder()

function bytes(data: Uint8Array | string): Uint8Array {
  if (typeof data === 'string') return encoder.encode(characters(data))
  if (!isBytes(data)) throw new TypeError('bytes are text or a Uint8Array')
  return data
}

const digits = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

function hex(bytes: Uint8Array): string {
  let text = ''
  for (let i = 0; i < bytes.length; i++) text += digits[bytes[i]!]!
  return text
}

/** The 32 bytes of the HMAC-SHA256 of a message. Text is taken as UTF-8. */
export function hmacSha256(key: Uint8Array | string, message: Uint8Array | string): Uint8Array {
  return hmac(bytes(key), bytes(message))
}

/** Whether two byte strings are the same, in a time that tells nothing but their lengths. Text
 *  is taken as UTF-8. */
export function equal(a: Uint8Array | string, b: Uint8Array | string): boolean {
  const [left, right] = [bytes(a), bytes(b)]
  if (left.length !== right.length) return false
  let difference = 0
  for (let i = 0; i < left.length; i++) difference |= left[i]! ^ right[i]!
  return difference === 0
}

/** The last second that ten digits hold. */
const LATEST = 9_999_999_999

/** The signature of a request, as Anexus has it: the HMAC of `METHOD:path:timestamp`, 64
 *  hexadecimal digits in lower case. The time is in whole seconds since 1970.
 *
 *  @throws TypeError where an argument is none. */
export function signRequest(secret: string, method: string, path: string, timestamp: number): string {
  if (typeof method !== 'string' || typeof path !== 'string') throw new TypeError('method and path are text')
  if (!Number.isSafeInteger(timestamp) || timestamp < 0 || timestamp > LATEST) throw new TypeError('timestamp is a time of day in whole seconds')
  return hex(hmacSha256(secret, `${method}:${path}:${timestamp}`))
}

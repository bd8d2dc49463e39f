// SHA-256 in a module of its own, so that who wants only PKCE pays only for PKCE.

import hash from '#wasm/hash'
import { type Exports, Memory } from './memory.js'

interface HashExports extends Exports {
  challenge(): number
  hmac(): number
}

let exports: HashExports
let memory: Memory | undefined

/** Made at the first use: importing costs nothing, and a page whose policy forbids
 *  WebAssembly learns so where it calls. */
function start(): Memory {
  exports = new WebAssembly.Instance(hash()).exports as unknown as HashExports
  return (memory = new Memory(exports))
}

/** RFC 3986 section 2.3: 1 where the character of this code is unreserved. */
const unreserved = new Uint8Array(128)
for (const character of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~') unreserved[character.charCodeAt(0)] = 1

/** The 43 characters of a challenge. An array that is there already is what `apply` is fast
 *  with; where there are Buffers, they need half of that. */
function ascii(bytes: Uint8Array, at: number): string {
  if (slice) return slice.call(bytes, at, at + characters.length)
  for (let i = 0; i < characters.length; i++) characters[i] = bytes[at + i]!
  return String.fromCharCode.apply(null, characters)
}

const characters = new Array<number>(43).fill(0)
const slice = (globalThis as { Buffer?: { prototype: { latin1Slice?(this: Uint8Array, start: number, end: number): string } } }).Buffer?.prototype.latin1Slice

/** The SHA-256 of a code verifier, base64url; `undefined` where the text is none (RFC 7636
 *  section 4.1: 43 to 128 unreserved characters). */
export function challenge(verifier: string): string | undefined {
  if (typeof verifier !== 'string' || verifier.length < 43 || verifier.length > 128) return undefined
  const channel = (memory ?? start()).begin()
  if (!channel.characters(verifier, unreserved)) return undefined
  channel.end(exports.challenge())
  channel.wipe()
  return channel.answerBy(ascii)
}

/** The HMAC-SHA256 of a message under a key. */
export function hmac(key: Uint8Array, message: Uint8Array): Uint8Array {
  const channel = (memory ?? start()).begin().data(key).data(message)
  channel.end(exports.hmac())
  const code = channel.answer(32)
  channel.wipe()
  return code
}

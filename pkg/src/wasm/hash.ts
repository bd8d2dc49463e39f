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

/** The SHA-256 of a text, base64url. */
export function challenge(verifier: string): string {
  const channel = (memory ?? start()).begin().text(verifier)
  channel.end(exports.challenge())
  channel.wipe()
  return channel.answerText(43)
}

/** The HMAC-SHA256 of a message under a key. */
export function hmac(key: Uint8Array, message: Uint8Array): Uint8Array {
  const channel = (memory ?? start()).begin().data(key).data(message)
  channel.end(exports.hmac())
  const code = channel.answer(32)
  channel.wipe()
  return code
}

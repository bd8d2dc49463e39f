/**
 * One-time codes, checked without asking anybody: genuine, for this platform, still good.
 * Whether one was already spent only the authority knows.
 *
 * @module
 */

import { imported, type KeySet } from './keys.js'
import { invalid, only } from './options.js'
import { span } from './policy.js'
import { refuse, type Refused, refused } from './refusal.js'
import { seconds, sized } from './verify.js'
import { codes } from './wasm/code.js'

/** What a code must be. Times are in seconds. */
export interface CodeOptions {
  /** The name of this platform. */
  readonly target: string
  /** The time of day since 1970; by default the clock's. */
  readonly now?: number
  /** How far clocks may differ, 0 to 600. */
  readonly clockTolerance?: number
}

const known = new Set(['target', 'now', 'clockTolerance'])

/** A code that is genuine, for this platform and still good. */
export interface CheckedCode {
  readonly ok: true
  /** The platform that it is for. */
  readonly target: string
  /** The id of the person who sent the agent: `user_…`. */
  readonly user: string
  /** Seconds since 1970. */
  readonly issuedAt: number
  /** Seconds since 1970, from when on it is refused. */
  readonly expiresAt: number
}

/** Checks a one-time code `anx://…` offline. What is refused here need not be taken to the
 *  authority; what is accepted must be redeemed there (`countersign/anexus`), as it may be spent.
 *
 *  @throws {@link OptionError} where an option is unknown or of the wrong type. */
export function checkCode(code: string, keys: KeySet, options: CodeOptions): CheckedCode | Refused {
  only(options, known)
  if (typeof options.target !== 'string') throw invalid('target', 'the name of a platform')
  const tolerance = span(options.clockTolerance, 'clockTolerance', 0)
  const { instance } = codes
  const { memory } = instance
  memory.begin().text(sized(code)).text(options.target)
  const status = codes.run(instance, (e) => e.read_code(seconds(options.now), tolerance))
  if (status !== 0) return refused(instance, status)
  const refusal = unsigned(code, memory.bytes(memory.word(10), 64), keys)
  if (refusal) return refusal
  if (memory.word(2) !== 0) return refused(instance, memory.word(2))
  const issuedAt = memory.word(8) * 2 ** 32 + memory.word(7)
  return { ok: true, target: memory.read(3), user: memory.read(5), issuedAt, expiresAt: issuedAt + memory.word(9) }
}

/** `&sig=` and the signature: SIGNATURE_PARAMETER of src/code/mod.rs. */
const SIGNATURE = 91

/** Why a code is not by one of the keys. The 8 characters before the signature name a key and
 *  do not prove it: of keys that share them, any may have signed. */
function unsigned(code: string, signature: Uint8Array, keys: KeySet): Refused | undefined {
  const signed = code.slice(0, -SIGNATURE)
  const { engine, number } = imported(keys)
  let known = false
  for (const [index, { alg, thumbprint }] of keys.keys.entries()) {
    if (alg !== 'ES256' || !thumbprint.startsWith(signed.slice(-8))) continue
    known = true
    engine.memory.begin().data(signature).text(signed)
    if (engine.run((e) => e.verify_signature(number, index, 0)) === 0) return undefined
  }
  return refuse(known ? 'code_signature_invalid' : 'code_key_unknown')
}

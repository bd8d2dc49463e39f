// Key sets: read, checked and prepared once, and used for every token.

import { isBytes } from './bytes.js'
import { encode } from './base64url.js'
import { type Blame, type Code } from './codes.js'
import { invalid } from './options.js'
import { refused } from './refusal.js'
import { type Engine, engine, Trial } from './wasm/engine.js'
import { freeUnused, release } from './wasm/unused.js'

/** The algorithms of this library. A key has one, and the token has no say. */
export type Algorithm = 'ES256' | 'RS256'

/** A public JSON Web Key (RFC 7517 section 4): P-256 for ES256, or RSA for RS256; written out, or of a
 *  type of its own, such as the `JsonWebKey` of browsers and Node.js. */
export type Jwk =
  | {
      /** `EC` or `RSA`. */
      readonly kty?: string | undefined
    }
  | Readonly<Record<string, unknown>>

/** A JSON Web Key Set (RFC 7517 section 5). */
export interface Jwks {
  readonly keys: readonly Jwk[]
}

/** What is known of a key of a set. */
export interface KeyInfo {
  /** Its name, where it has one. */
  readonly kid: string | undefined
  readonly alg: Algorithm
  /** The SHA-256 thumbprint of RFC 7638, base64url. */
  readonly thumbprint: string
}

/** Why a key is not used. */
export interface KeyFault {
  /** Stable: switch on it. */
  readonly code: Code
  /** For people: what is wrong and what to do. It may change. */
  readonly message: string
  /** Who must act. */
  readonly blame: Blame
  /** Which key of the set, from 0; absent where it is the set as a whole. */
  readonly index?: number
  /** The name of that key, where it has one. */
  readonly kid?: string
  /** The member of the key that is missing or wrong, where it is one. */
  readonly member?: string
}

/** A key set that is not one, or that has a key which is malformed, weak or private. */
export class KeyError extends Error implements KeyFault {
  override readonly name = 'KeyError'
  readonly code: Code
  readonly blame: Blame
  readonly index?: number
  readonly kid?: string
  readonly member?: string

  constructor(fault: KeyFault) {
    super(fault.message)
    this.code = fault.code
    this.blame = fault.blame
    if (fault.index !== undefined) this.index = fault.index
    if (fault.kid !== undefined) this.kid = fault.kid
    if (fault.member !== undefined) this.member = fault.member
  }
}

const NONE = 0xffff_ffff
const algorithms = ['ES256', 'RS256'] as const

function fault(engine: Engine, status: number): KeyFault {
  const { memory } = engine
  const { code, blame, message } = refused(engine, status)
  const [index, hasKid, hasMember] = [memory.word(2), memory.word(3) !== 0, memory.word(5) !== 0]
  const kid = hasKid ? memory.read(3) : undefined
  const member = hasMember ? memory.read(5) : undefined
  const where = index === NONE ? '' : `key ${index}${kid === undefined ? '' : ` (${JSON.stringify(kid)})`}: `
  return {
    code,
    blame,
    message: `${where}${member === undefined ? '' : `\`${member}\`: `}${code}: ${message}`,
    ...(index !== NONE && { index }),
    ...(kid !== undefined && { kid }),
    ...(member !== undefined && { member }),
  }
}

interface Held {
  engine: Engine
  number: number
}

/** Public keys, checked and prepared. Made by {@link importJwks} and {@link importJwk}. */
export class KeySet {
  /** The keys, in the order of the set. */
  readonly keys: readonly KeyInfo[]
  /** Keys for other purposes, which were passed over, each with the reason. */
  readonly skipped: readonly KeyFault[]
  readonly #text: string | Uint8Array
  readonly #single: boolean
  #held: Held

  /** @internal */
  constructor(text: string | Uint8Array, single: boolean) {
    this.#text = text
    this.#single = single
    const here = engine()
    this.#held = this.#import(here)
    const { memory } = here
    const [count, skipped] = [memory.word(1), memory.word(2)]
    const { number } = this.#held
    this.keys = Object.freeze(Array.from({ length: count }, (_, i) => info(here, number, i)))
    this.skipped = Object.freeze(
      Array.from({ length: skipped }, (_, i) => {
        memory.begin()
        return Object.freeze(fault(here, here.run((e) => e.skipped(number, i))))
      }),
    )
    this.#prove()
    // Whoever imports the same again shares it.
    Object.freeze(this)
  }

  #import(engine: Engine): Held {
    engine.memory.begin().field(this.#text)
    const status = engine.run((e) => (this.#single ? e.import_jwk() : e.import_jwks()))
    if (status !== 0) throw new KeyError(fault(engine, status))
    const held = { engine, number: engine.memory.word(0) }
    freeUnused(this, held, engine, () => engine.exports.free_keys(held.number))
    return held
  }

  /** Goes to the engine that runs now, which must have given its known answers for the
   *  algorithms of these keys: no signature is judged by arithmetic that was not tried. */
  #prove(): Held {
    for (;;) {
      const here = engine()
      if (this.#held.engine !== here) {
        // The engine that this set was in has trapped, failed a trial, or was replaced.
        release(this.#held)
        this.#held = this.#import(here)
      }
      if (this.keys.every(({ alg }) => here.passes(Trial[alg]))) return this.#held
    }
  }

  /** Whether it was read from this.
   *  @internal */
  isOf(text: string | Uint8Array, single = false): boolean {
    const own = this.#text
    if (single !== this.#single) return false
    if (typeof own === 'string' || typeof text === 'string') return own === text
    return own.length === text.length && own.every((byte, i) => byte === text[i])
  }

  /** The engine that runs now, and the number of this set in it.
   *  @internal */
  held(): Held {
    return this.#held.engine === engine() ? this.#held : this.#prove()
  }
}

/** Where `keys` are, in the engine that runs now. A set of another copy of this package is one,
 *  too: it brings its engine along.
 *
 *  @internal
 *  @throws {@link OptionError} where they were not imported. */
export function imported(keys: KeySet): Held {
  if (typeof keys?.held !== 'function') throw invalid('keys', 'a KeySet, which `importJwks` makes of a JSON Web Key Set')
  return keys.held()
}

function info(engine: Engine, set: number, index: number): KeyInfo {
  const { memory } = engine
  memory.begin()
  engine.run((e) => e.key(set, index))
  const alg = algorithms[memory.word(0) - 1]!
  const kid = memory.word(1) === 0 ? undefined : memory.read(1)
  return Object.freeze({ kid, alg, thumbprint: encode(memory.bytes(memory.word(3), 32)) })
}

function text(json: string | Uint8Array | object, what: string): string | Uint8Array {
  if (typeof json === 'string') return json
  // A copy, which `slice` of a Buffer is not: another build reads it again.
  if (isBytes(json)) return new Uint8Array(json)
  if (typeof json === 'object' && json !== null) return JSON.stringify(json)
  throw new TypeError(`${what} is text, bytes or an object`)
}

/** The sets that were read last. Whoever imports the same for each request gets the same set, with
 *  the tables that it has made: what an instance keeps for others goes with the next full collection
 *  of garbage, and a process that has little garbage would first have hundreds of megabytes. */
const recent: KeySet[] = []
const RECENT = 8

function keySet(given: string | Uint8Array, single: boolean): KeySet {
  const at = recent.findIndex((set) => set.isOf(given, single))
  const set = at < 0 ? new KeySet(given, single) : recent.splice(at, 1)[0]!
  recent.unshift(set)
  if (recent.length > RECENT) recent.pop()
  return set
}

/** Reads a JWK Set (RFC 7517 section 5), checks and prepares its keys. Keep the result: a
 *  key gets faster with use. What was imported a short while ago is the same object again.
 *
 *  Text, or the bytes as they came, are read more strictly than an object can be: members
 *  that occur twice are refused.
 *
 *  @throws {@link KeyError}, which names the key and the member. */
export function importJwks(jwks: string | Uint8Array | Jwks): KeySet {
  return keySet(text(jwks, 'a JWK Set'), false)
}

/** Reads one JWK (RFC 7517 section 4), as a set of one key. The same holds as for
 *  {@link importJwks}.
 *
 *  @throws {@link KeyError}, which names the member. */
export function importJwk(jwk: string | Uint8Array | Jwk): KeySet {
  return keySet(text(jwk, 'a JWK'), true)
}

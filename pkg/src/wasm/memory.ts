// The host's side of the boundary that src/npm/ describes: fields in, words out.
//
// When WebAssembly memory grows, the buffer that was its window is detached: reads through
// an old view find nothing and writes are dropped, both without an error. Three things keep
// that from ever turning into a verdict on other bytes than the caller's:
// - views are made anew whenever theirs was detached, which leaves them without a length;
// - the text encoder says how much it wrote, and less than all is not a call;
// - the lengths go through the same buffer as the fields, and each call clears them, so
//   that what did not arrive is missing there and not what was there before.

import { characters, isBytes } from '../bytes.js'

export interface Exports {
  memory: WebAssembly.Memory
  /** The address of the cells, after which comes the first room. */
  channel: WebAssembly.Global
  room(length: number): number
}

/** Fields of a call, and words of an answer: FIELDS and WORDS of src/npm/channel.rs. */
const FIELDS = 4
const WORDS = 11

/** What an export returns when its fields did not arrive: LOST of src/npm/boundary.rs. */
const LOST = -1

/** There at the start, so that tokens of any accepted size never move the room: ROOM of
 *  src/npm/boundary.rs. */
const ROOM = 64 * 1024

const encoder = new TextEncoder()
/** A byte order mark is a character of the text, and not for a reader to take away. */
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

export class Memory {
  readonly #exports: Exports
  readonly #cells: number
  #room: number
  #capacity = ROOM
  /** Bytes of the room that the fields of the coming call take up. */
  #filled = 0
  #fields = 0
  #bytes!: Uint8Array
  #start!: Uint8Array
  #words!: Uint32Array

  constructor(exports: Exports) {
    this.#exports = exports
    this.#cells = exports.channel.value
    this.#room = this.#cells + 4 * (FIELDS + WORDS)
    this.#look()
  }

  #look(): void {
    const { buffer } = this.#exports.memory
    this.#bytes = new Uint8Array(buffer)
    this.#start = new Uint8Array(buffer, this.#room, this.#capacity)
    this.#words = new Uint32Array(buffer, this.#cells, FIELDS + WORDS)
  }

  /** Makes the views anew where memory has grown since. (Comparing buffers says the same, but
   *  engines look for them outside of the code that they compile: four times a token, or half
   *  of what a PKCE challenge takes.) */
  #refresh(): void {
    if (this.#words.length === 0) this.#look()
  }

  /** Room for `length` more bytes; what was written for this call stays. */
  #ensure(length: number): void {
    const needed = this.#filled + length
    if (needed <= this.#capacity) return
    const kept = this.#start.slice(0, this.#filled)
    const capacity = Math.max(needed, 2 * this.#capacity)
    try {
      this.#room = this.#exports.room(capacity)
    } catch (error) {
      throw new RangeError('no memory for an input of this size', { cause: error })
    }
    this.#capacity = capacity
    this.#look()
    this.#start.set(kept)
  }

  /** Starts a call. */
  begin(): this {
    this.#refresh()
    this.#filled = 0
    this.#fields = 0
    return this
  }

  /** The next field, as UTF-8. */
  text(text: string): this {
    let target = this.#filled === 0 ? this.#start : this.#start.subarray(this.#filled)
    let { read, written } = encoder.encodeInto(text, target)
    if (read !== text.length) {
      if (typeof text !== 'string') throw new TypeError('text is a string')
      this.#ensure(3 * text.length)
      target = this.#start.subarray(this.#filled)
      ;({ read, written } = encoder.encodeInto(text, target))
      if (read !== text.length) throw new Error('the input did not reach WebAssembly')
    }
    return this.#announce(written)
  }

  /** The next field, of few characters, each of them allowed; whether they all are. For some
   *  dozens of ASCII characters that is faster than the text encoder is called. */
  characters(text: string, allowed: Uint8Array): boolean {
    const start = this.#start
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i)
      if (allowed[code] !== 1) {
        start.fill(0, 0, i)
        return false
      }
      start[i] = code
    }
    this.#announce(text.length)
    return true
  }

  /** The next field, as it is. What is not bytes would be other bytes than the caller's: the
   *  letters of a text, for one, become zeros. */
  data(bytes: Uint8Array): this {
    if (!isBytes(bytes)) throw new TypeError('bytes are a Uint8Array')
    this.#ensure(bytes.length)
    this.#start.set(bytes, this.#filled)
    return this.#announce(bytes.length)
  }

  /** The next field, as text or as bytes. */
  field(field: string | Uint8Array): this {
    return typeof field === 'string' ? this.text(characters(field)) : this.data(field)
  }

  #announce(length: number): this {
    this.#words[this.#fields++] = length + 1
    this.#filled += length
    return this
  }

  /** Ends a call that returned `status`, which is what comes back. */
  end(status: number): number {
    if (status === LOST) throw new Error('the input did not reach WebAssembly')
    this.#refresh()
    return status
  }

  /** Forgets the fields of the last call, which were secrets. */
  wipe(): void {
    this.#start.fill(0, 0, this.#filled)
  }

  /** A word of the answer. */
  word(index: number): number {
    return this.#words[FIELDS + index]!
  }

  /** The text whose address and length are the words `index` and `index + 1`. */
  read(index: number): string {
    const at = this.word(index)
    return decoder.decode(this.#bytes.subarray(at, at + this.word(index + 1)))
  }

  /** A copy of `length` bytes at an address. */
  bytes(at: number, length: number): Uint8Array {
    return this.#bytes.slice(at, at + length)
  }

  /** A copy of the answer's first `length` bytes. */
  answer(length: number): Uint8Array {
    return this.bytes(this.#cells + 4 * FIELDS, length)
  }

  /** What `read` makes of the answer: it is told where that begins in which bytes. */
  answerBy<T>(read: (bytes: Uint8Array, at: number) => T): T {
    return read(this.#bytes, this.#cells + 4 * FIELDS)
  }
}

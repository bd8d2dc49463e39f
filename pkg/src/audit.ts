/**
 * Audit trails: whether what was recorded was changed, left out or put in between.
 *
 * @module
 */

import { isBytes } from './bytes.js'
import { invalid, only } from './options.js'
import { trails } from './wasm/trail.js'

/** - `link`: an entry names another predecessor than the one before it: something was left
 *    out, put in or swapped.
 *  - `content`: an entry's hash is not that of its content: it was changed.
 *  - `malformed`: an entry is not of the shape of one.
 *  - `json`: the text is no JSON that has one meaning.
 *  - `no_entries`: the document is neither a list of entries nor a page of them. */
export type ChainFault = 'link' | 'content' | 'malformed' | 'json' | 'no_entries'

const faults: readonly ChainFault[] = ['link', 'content', 'malformed', 'json', 'no_entries']

/** Where the entries begin. */
export interface AuditOptions {
  /** - `genesis`, the default: with the first entry of the chain.
   *  - `anywhere`: with any; the first link is taken as it is. For a page of a longer chain.
   *  - `{ after }`: after the entry with this hash, 64 hexadecimal digits, which is trusted. */
  readonly start?: 'genesis' | 'anywhere' | { readonly after: string }
}

const known = new Set(['start'])
const places = new Set(['after'])

/** The chain is whole. */
export interface WholeChain {
  readonly valid: true
  /** Entries that were verified. */
  readonly checked: number
  /** The hash of the last: compare it with what is known of the chain's head, as entries left
   *  off the end are missed by nothing else. Absent where there is no entry. */
  readonly head?: string
}

/** The chain is broken. */
export interface BrokenChain {
  readonly valid: false
  /** Good entries before the break. */
  readonly checked: number
  readonly reason: ChainFault
  /** Which entry is broken, from 0; absent where no entry could be read at all. */
  readonly brokenAt?: number
  /** The id of that entry, where it has one. */
  readonly entryId?: string
  /** The member that is missing or wrong in an entry that is malformed. */
  readonly member?: string
}

/** How many entries are handed over at a time, so that memory stays bounded. */
const BATCH = 512

/** Verifies entries, oldest first: those of a page as the authority gave it (`entries` or the
 *  whole answer), parsed or, more strictly, as text. */
export function verifyAuditChain(
  entries: readonly object[] | { readonly entries: readonly object[] } | string | Uint8Array,
  options: AuditOptions = {},
): WholeChain | BrokenChain {
  only(options, known)
  const { start = 'genesis' } = options
  let after = typeof start === 'object' ? digest(start) : undefined
  let mode = after !== undefined ? 1 : start === 'anywhere' ? 2 : 0
  if (mode === 0 && start !== 'genesis') throw invalid('start', "'genesis', 'anywhere' or { after }")
  if (typeof entries === 'string' || isBytes(entries)) {
    return verify(entries, mode, after, 0).result
  }
  const list = Array.isArray(entries) ? entries : (entries as { entries?: unknown } | null | undefined)?.entries
  if (!Array.isArray(list)) throw new TypeError('entries are a list, a page, text or bytes')
  for (let from = 0; ; from += BATCH) {
    const { result, head } = verify(JSON.stringify(list.slice(from, from + BATCH)), mode, after, from)
    if (!result.valid || from + BATCH >= list.length) return result
    ;[mode, after] = [1, head]
  }
}

function verify(entries: string | Uint8Array, mode: number, after: Uint8Array | undefined, before: number): { result: WholeChain | BrokenChain; head?: Uint8Array } {
  const { instance } = trails
  const { memory } = instance
  memory.begin().field(entries).data(after ?? new Uint8Array())
  const status = trails.run(instance, (e) => e.audit(mode))
  if (status === 0) {
    const last = memory.word(1) === 0 ? after : memory.bytes(memory.word(1), 32)
    const checked = before + memory.word(0)
    return { result: { valid: true, checked, ...(last && { head: hex(last) }) }, ...(last && { head: last }) }
  }
  const reason = faults[status - 1]!
  if (reason === 'json' || reason === 'no_entries') return { result: { valid: false, checked: before, reason } }
  const brokenAt = before + memory.word(0)
  const [entryId, member] = [memory.read(1), memory.read(3)]
  return {
    result: { valid: false, checked: brokenAt, reason, brokenAt, ...(entryId && { entryId }), ...(member && { member }) },
  }
}

function digest(start: { readonly after: string }): Uint8Array {
  only(start, places, 'start')
  if (!/^[0-9a-f]{64}$/.test(start.after)) throw invalid('start.after', 'a hash of 64 hexadecimal digits in lower case')
  return Uint8Array.from(start.after.match(/../g)!, (pair) => parseInt(pair, 16))
}

const hex = (bytes: Uint8Array) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')

// Which build of the verifier runs, and what replaces it when it fails.
//
// There are two of the same source: one of integers, which runs everywhere, and one of fused
// multiply-adds, which is faster. An engine may know that instruction and round twice, as
// the specification lets it; the second build would then refuse every genuine token. So it
// is taken only where its trial passes, and the first one silently otherwise.

import { candidates } from '#wasm/builds'
import type { Candidate } from './candidate.js'
import { type Exports, Memory } from './memory.js'

export interface VerifierExports extends Exports {
  trial(of: number): number
  import_jwks(): number
  import_jwk(): number
  key(set: number, index: number): number
  skipped(set: number, index: number): number
  free_keys(set: number): void
  policy(place: number): number
  verify(keys: number, policy: number, now: number): number
  verify_own_claims(keys: number, policy: number, now: number): number
  verify_detached(keys: number, rule: number): number
  verify_jws(keys: number, rule: number): number
  verify_signature(keys: number, index: number, der: number): number
  decode_unverified(): number
  check_code(keys: number, now: number, tolerance: number): number
}

/** What `trial` is asked for: TRIALS of src/npm/trial.rs. */
export const Trial = { fused: 0, ES256: 1, RS256: 2 } as const

export class Engine {
  readonly #passed = new Set<number>()
  readonly build: Candidate['name']
  readonly exports: VerifierExports
  readonly memory: Memory
  /** What callers keep beside this engine: it ends with it. */
  readonly policies: unknown[] = []

  constructor(build: Candidate['name'], exports: VerifierExports) {
    this.build = build
    this.exports = exports
    this.memory = new Memory(exports)
  }

  /** Whether the build passes a trial; asked once. Where it does not, it is never used again,
   *  if there is another. */
  passes(trial: number): boolean {
    if (this.#passed.has(trial)) return true
    const last = builds.length === 1
    let passed = last
    try {
      passed ||= this.exports.trial(trial) === 1
    } catch {}
    if (passed) this.#passed.add(trial)
    else dismiss(this)
    return passed
  }

  /** Ends a call: whatever `run` throws is a trap, and after a trap nothing in the instance
   *  is to be relied on. The next call gets another one. */
  run(run: (exports: VerifierExports) => number): number {
    let status
    try {
      status = run(this.exports)
    } catch (error) {
      if (current === this) current = undefined
      throw new Error('the verifier trapped; its instance is replaced', { cause: error })
    }
    return this.memory.end(status)
  }
}

const builds: Candidate[] = [...candidates]
let current: Engine | undefined

/** A module with one `f64x2.relaxed_madd` in it. */
const relaxed = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 10, 20, 1, 18, 0,
  65, 0, 253, 17, 65, 0, 253, 17, 65, 0, 253, 17, 253, 135, 2, 26, 11,
])

function start(): Engine {
  for (;;) {
    const { name, module } = builds[0]!
    const last = builds.length === 1
    if (last || name !== 'fused' || WebAssembly.validate(relaxed)) {
      try {
        const exports = new WebAssembly.Instance(module()).exports as unknown as VerifierExports
        current = new Engine(name, exports)
        if (current.passes(Trial.fused)) return current
        continue
      } catch (error) {
        if (last) throw error
      }
    }
    builds.shift()
  }
}

/** Gives a build up for the next one. */
function dismiss({ build }: Engine): void {
  if (builds[0]!.name === build) builds.shift()
  current = undefined
}

/** The engine that runs, started at the first use. */
export function engine(): Engine {
  return current ?? start()
}

/** Offers another build, to be preferred from now on. */
export function offer(candidate: Candidate): void {
  if (builds.some(({ name }) => name === candidate.name)) return
  builds.unshift(candidate)
  current = undefined
}

/** Which build runs: `fused` where fused multiply-adds are, `scalar` elsewhere. */
export function build(): Candidate['name'] {
  return engine().build
}

// Which build of the verifier runs, and what replaces it when it fails.
//
// There are two of the same source: `scalar`, which rounds nothing and runs everywhere, and
// `fused`, which uses fused multiply-adds and is faster. The specification lets an engine round
// twice where it knows that instruction; `fused` would then refuse every genuine token. So it is
// taken only where its trial passes, and `scalar` silently otherwise.
//
// `scalar` is smaller and needs no trial, so a process starts with it and verifies its first
// token sooner. One that goes on to verify has `fused` soon.

import { candidates } from '#wasm/builds'
import type { Candidate } from './candidate.js'
import { type Exports, Memory } from './memory.js'

/** @internal */
export interface VerifierExports extends Exports {
  trial(of: number): number
  import_jwks(): number
  import_jwk(): number
  key(set: number, index: number): number
  skipped(set: number, index: number): number
  free_keys(set: number): void
  policy(place: number, clockTolerance: number, maxTokenAge: number, lenient: number): number
  verify(keys: number, policy: number, now: number): number
  verify_own_claims(keys: number, policy: number, now: number): number
  verify_jws(keys: number, typed: number, detached: number): number
  verify_signature(keys: number, index: number, der: number): number
  decode_unverified(): number
}

/** What `trial` is asked for: TRIALS of src/npm/trial.rs.
 *  @internal */
export const Trial = { fused: 0, ES256: 1, RS256: 2 } as const

/** @internal */
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

  /** Whether the build passes a trial; asked once. Where it does not, it is never used again.
   *  The build that rounds nothing has none to pass. */
  passes(trial: number): boolean {
    if (this.build === 'scalar' || this.#passed.has(trial)) return true
    let passed = false
    try {
      passed = this.exports.trial(trial) === 1
    } catch {}
    if (passed) this.#passed.add(trial)
    else dismiss(this)
    return passed
  }

  /** Ends it: the next call gets another. */
  retire(): void {
    if (current === this) current = undefined
    if (plain === this) plain = undefined
  }

  /** Ends a call: whatever `run` throws is a trap, and after a trap nothing in the instance
   *  is to be relied on. The next call gets another one. */
  run(run: (exports: VerifierExports) => number): number {
    let status
    try {
      status = run(this.exports)
    } catch (error) {
      this.retire()
      throw new Error('the verifier trapped; its instance is replaced', { cause: error })
    }
    return this.memory.end(status)
  }
}

/** The preferred one first; the one that runs everywhere last. */
const builds: Candidate[] = [...candidates]
let current: Engine | undefined
/** The engine that runs everywhere: kept until another has passed its trial in its place. */
let plain: Engine | undefined

/** Calls after which the preferred build is worth its start, which takes as long as some hundred
 *  verifications. Fewer than those after which a key gets its large table (the hundredth), as
 *  that would have to be made twice. */
const FEW = 64
let calls = 0

/** A module with one `f64x2.relaxed_madd` in it. */
const relaxed = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 10, 20, 1, 18, 0,
  65, 0, 253, 17, 65, 0, 253, 17, 65, 0, 253, 17, 253, 135, 2, 26, 11,
])

function instantiate({ name, module }: Candidate): Engine {
  return new Engine(name, new WebAssembly.Instance(module()).exports as unknown as VerifierExports)
}

function start(): Engine {
  while (calls > FEW && builds.length > 1) {
    if (WebAssembly.validate(relaxed)) {
      try {
        current = instantiate(builds[0]!)
        if (current.passes(Trial.fused)) {
          plain = undefined
          return current
        }
        continue
      } catch {}
    }
    builds.shift()
  }
  return (current = plain ??= instantiate(builds.at(-1)!))
}

/** Gives a build up for the next one. */
function dismiss({ build }: Engine): void {
  if (builds[0]!.name === build) builds.shift()
  current = undefined
}

/** The engine that runs, started at the first use. Asked before each call.
 *  @internal */
export function engine(): Engine {
  if (calls <= FEW && ++calls > FEW) current = undefined
  return current ?? start()
}

/** Prefers a build, from now on and without waiting for calls.
 *  @internal */
export function offer(candidate: Candidate): void {
  if (!builds.some(({ name }) => name === candidate.name)) builds.unshift(candidate)
  calls = FEW + 1
  current = undefined
}

/** Which build of the verifier runs: `scalar` at first, later `fused` where its trial passes. */
export function build(): Candidate['name'] {
  return (current ?? start()).build
}

// What a token must be, said once: the engine keeps the last few policies, so that a call
// with the same options costs a comparison and no conversion.

import { invalid, only } from './options.js'
import type { Engine } from './wasm/engine.js'

/** Exceptions: what may be let through that the profile refuses. All are off by default; protocols that
 *  demand one are named in docs/strictness.md. */
export interface Leniency {
  /** Tokens without `typ`. With another than expected they are refused all the same. */
  readonly untyped?: boolean
  /** Tokens without `exp`. */
  readonly withoutExpiry?: boolean
  /** Tokens of any issuer whose key is in the set, where no issuer is named. */
  readonly anyIssuer?: boolean
  /** Tokens for any audience, where no audience is named. */
  readonly anyAudience?: boolean
}

/** What a token must be. Times are in seconds. */
export interface Expectations {
  /** `iss`, character by character. */
  readonly issuer?: string
  /** The names of this receiver; `aud` must have one of them. */
  readonly audience?: string | readonly string[]
  /** The kind of token: `JWT` by default; `at+jwt` also asks for the claims of RFC 9068. */
  readonly typ?: string
  /** How far clocks may differ, 0 to 600. */
  readonly clockTolerance?: number
  /** How long ago the token may have been issued. */
  readonly maxTokenAge?: number
  /** Claims that must be there and not null. */
  readonly requiredClaims?: readonly string[]
  /** Scopes that must be in `scope` or `scp`. */
  readonly requiredScopes?: readonly string[]
  /** Exceptions from the profile; none by default. */
  readonly allow?: Leniency
}

/** {@link Expectations}, and the time to judge by. */
export interface VerifyOptions extends Expectations {
  /** The time of day in seconds since 1970; by default the clock's. */
  readonly now?: number
}

/** POLICIES of src/npm/verify.rs. */
const PLACES = 16

const members = new Set([
  'issuer', 'audience', 'typ', 'clockTolerance', 'maxTokenAge',
  'requiredClaims', 'requiredScopes', 'allow', 'now',
])
const leniencies = ['untyped', 'withoutExpiry', 'anyIssuer', 'anyAudience'] as const
const lenient = new Set<string>(leniencies)

type List = string | readonly string[] | undefined

/** A policy that the engine keeps: what it was made of, copied, as the caller may change
 *  the lists afterwards. */
type Kept = Expectations

function sameList(a: List, b: List): boolean {
  if (a === b) return typeof a !== 'object'
  if (typeof a !== 'object' || typeof b !== 'object' || b === null || a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

function sameLeniency(a: Leniency | undefined, b: Leniency | undefined): boolean {
  if (a === b) return a === undefined
  for (const name of leniencies) if (a?.[name] !== b?.[name]) return false
  return true
}

function same(kept: Kept, options: VerifyOptions): boolean {
  return (
    kept.issuer === options.issuer &&
    sameList(kept.audience, options.audience) &&
    kept.typ === options.typ &&
    kept.clockTolerance === options.clockTolerance &&
    kept.maxTokenAge === options.maxTokenAge &&
    sameList(kept.requiredClaims, options.requiredClaims) &&
    sameList(kept.requiredScopes, options.requiredScopes) &&
    sameLeniency(kept.allow, options.allow)
  )
}

/** The place of the policy that these options describe.
 *
 *  @internal
 *  @throws {@link OptionError} */
export function policy(engine: Engine, options: VerifyOptions): number {
  named(options)
  const kept = engine.policies as Kept[]
  for (let place = 0; place < kept.length; place++) {
    if (same(kept[place]!, options)) return place
  }
  return keep(engine, kept, options)
}

function named(options: VerifyOptions): void {
  only(options, members)
  if (options.allow !== undefined) only(options.allow, lenient, 'allow')
}

/** What {@link policy} checks, for callers that keep expectations until there is a token.
 *
 *  @throws {@link OptionError} */
export function check(options: Expectations): void {
  named(options)
  if ((options as VerifyOptions).now !== undefined) throw invalid('now', 'for single verifications')
  read(options)
}

/** The options as the engine takes them. */
function read(options: VerifyOptions) {
  return {
    json: texts(options),
    tolerance: span(options.clockTolerance, 'clockTolerance', 0),
    age: span(options.maxTokenAge, 'maxTokenAge', NaN),
    bits: allowed(options.allow),
  }
}

let next = 0

function keep(engine: Engine, kept: Kept[], options: VerifyOptions): number {
  const { json, tolerance, age, bits } = read(options)
  const place = kept.length < PLACES ? kept.length : next++ % PLACES
  engine.memory.begin().text(json)
  if (engine.run((e) => e.policy(place, tolerance, age, bits)) !== 0) throw invalid('options', 'valid Unicode')
  const { audience, requiredClaims, requiredScopes, allow, ...rest } = options
  kept[place] = {
    ...rest,
    ...(audience !== undefined && { audience: typeof audience === 'string' ? audience : [...audience] }),
    ...(requiredClaims && { requiredClaims: [...requiredClaims] }),
    ...(requiredScopes && { requiredScopes: [...requiredScopes] }),
    ...(allow && { allow: { ...allow } }),
  }
  return place
}

/** The texts of a policy, in the order of src/npm/policy.rs. */
function texts({ issuer, audience, typ, requiredClaims, requiredScopes }: VerifyOptions): string {
  return JSON.stringify([
    string(issuer, 'issuer', ''),
    string(typ, 'typ', 'JWT'),
    list(typeof audience === 'string' ? [audience] : audience, 'audience'),
    list(requiredClaims, 'requiredClaims'),
    list(requiredScopes, 'requiredScopes'),
  ])
}

/** The leniencies, a bit each. */
function allowed(allow: Leniency | undefined): number {
  let bits = 0
  for (const [bit, name] of leniencies.entries()) {
    const value = allow?.[name]
    if (value === undefined) continue
    if (typeof value !== 'boolean') throw invalid(`allow.${name}`, 'true or false')
    if (value) bits |= 1 << bit
  }
  return bits
}

function string(value: unknown, name: string, otherwise: string): readonly [string] {
  if (value === undefined) return [otherwise]
  if (typeof value === 'string') return [value]
  throw invalid(name, 'a string')
}

export function list(value: unknown, name: string): readonly string[] {
  if (value === undefined) return []
  if (Array.isArray(value) && value.every((entry) => typeof entry === 'string')) return value
  throw invalid(name, 'a list of strings')
}

/** What is no whole number of seconds is refused by the engine, with its code. */
export function span(value: unknown, name: string, otherwise: number): number {
  if (value === undefined) return otherwise
  if (typeof value === 'number') return Number.isSafeInteger(value) ? value : -1
  throw invalid(name, 'a number of seconds')
}

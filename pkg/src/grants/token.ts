// Grant tokens (Grantex section 5) and the chains in which they were passed on (section 8).

import { imported, type KeySet } from '../keys.js'
import { invalid, only } from '../options.js'
import { list, policy, type VerifyOptions } from '../policy.js'
import { refuse, type Refused, refused } from '../refusal.js'
import { type Claims, seconds, sized } from '../verify.js'
import { reader } from '../wasm/grants.js'

/** What a grant token must be. Times are in seconds. */
export interface GrantOptions {
  /** `iss`, character by character: the base address of the Grantex server. */
  readonly issuer: string
  /** The names of this receiver. Tokens have an audience only where the authorization asked
   *  for one, so without this option `aud` is not checked. */
  readonly audience?: string | readonly string[]
  /** The developers whose grants count, by their ids (`dev_…`). A principal is whoever their
   *  developer calls so, and whoever signs up with the issuer is a developer: where the issuer
   *  serves others than you, name yours. Without this option any will do. */
  readonly developer?: string | readonly string[]
  /** Scopes that must all have been granted. No scope implies another. */
  readonly requiredScopes?: readonly string[]
  /** The time of day since 1970; by default the clock's. */
  readonly now?: number
  /** How far clocks may differ, 0 to 600. */
  readonly clockTolerance?: number
  /** Lets through tokens without `typ`, as older Grantex servers issue them. */
  readonly untyped?: boolean
}

const known = new Set(['issuer', 'audience', 'developer', 'requiredScopes', 'now', 'clockTolerance', 'untyped'])

/** From whom a grant was delegated. */
export interface Delegation {
  /** `parentAgt`: the DID of the agent that delegated. */
  readonly parentAgent: string
  /** `parentGrnt`: the grant that it delegated from. */
  readonly parentGrantId: string
  /** `delegationDepth`, at least 1. */
  readonly depth: number
}

/** A token's place in a status list. */
export interface StatusReference {
  /** Which entry of the list, from 0. */
  readonly index: number
  /** The address of the list. */
  readonly uri: string
}

/** What a grant token says. */
export interface GrantClaims {
  /** `iss`. */
  readonly issuer: string
  /** `sub`: on whose behalf the agent acts. */
  readonly principal: string
  /** `agt`: the agent's DID. */
  readonly agent: string
  /** `dev`: the developer to whom the agent belongs. */
  readonly developer: string
  /** `scp`: what was granted. */
  readonly scopes: readonly string[]
  /** `grnt`, or `jti` where it is absent. */
  readonly grantId: string
  /** `jti`: the token's own id. */
  readonly tokenId: string
  /** `aud`; empty where the token is for no receiver in particular. */
  readonly audience: readonly string[]
  /** `iat`, seconds since 1970. */
  readonly issuedAt: number
  /** `exp`, seconds since 1970. */
  readonly expiresAt: number
  /** Absent for what the principal gave directly. */
  readonly delegation?: Delegation
  /** Where it says whether the token was revoked. */
  readonly status?: StatusReference
  /** Everything that the token says, under its own names. */
  readonly raw: Claims
}

/** A grant token that is genuine, good at the time asked for, and grants what is required.
 *  Whether it was revoked, {@link revocationOf} tells. */
export interface VerifiedGrant {
  readonly ok: true
  readonly claims: GrantClaims
  /** The `kid` of the key that signed. */
  readonly kid: string | undefined
}

/** Good, with what the grant says; or refused, with the reason. */
export type GrantVerdict = VerifiedGrant | Refused

/** A verdict, and the payload as it was signed. */
type Judged = (VerifiedGrant & { readonly payload: Uint8Array }) | Refused

/** The developers whose grants count; `undefined` for any. */
function developers({ developer }: GrantOptions): readonly string[] | undefined {
  return developer === undefined ? undefined : list(typeof developer === 'string' ? [developer] : developer, 'developer')
}

/** The options of a grant as those of the verifier, which looks at all but the developer. */
export function expectations(options: GrantOptions): VerifyOptions {
  developers(options)
  const { issuer, audience, requiredScopes, clockTolerance, untyped = false } = options
  if (typeof untyped !== 'boolean') throw invalid('untyped', 'true or false')
  return {
    issuer,
    typ: 'at+jwt',
    ...(audience !== undefined && { audience }),
    ...(requiredScopes !== undefined && { requiredScopes }),
    ...(clockTolerance !== undefined && { clockTolerance }),
    allow: { untyped, anyAudience: audience === undefined },
  }
}

/** Signature, kind and times, by the verifier. */
function genuine(token: string, keys: KeySet, options: VerifyOptions, now: number): Refused | { payload: Uint8Array; kid: string | undefined } {
  const { engine: here, number } = imported(keys)
  const place = policy(here, options)
  here.memory.begin().text(sized(token))
  const status = here.run((e) => e.verify_own_claims(number, place, now))
  if (status !== 0) return refused(here, status)
  const { memory } = here
  return { payload: memory.bytes(memory.word(2), memory.word(3)), kid: keys.keys[memory.word(4)]!.kid }
}

const nothing = new Uint8Array()
const decoder = new TextDecoder()

function judge(token: string, keys: KeySet, options: GrantOptions, chain?: { readonly parent: Uint8Array | undefined; readonly position: number }): Judged {
  const found = genuine(token, keys, expectations(options), seconds(options.now))
  if ('ok' in found) return found
  const { payload, kid } = found
  const { instance } = reader
  const { memory } = instance
  memory.begin().data(payload)
  if (chain !== undefined) memory.data(chain.parent ?? nothing)
  const status = reader.run(instance, (e) => (chain === undefined ? e.grant() : e.link(chain.position)))
  if (status !== 0) return refused(instance, status)
  const claims = typed(JSON.parse(decoder.decode(payload)) as Wire)
  // Grantex section 5: `dev` says in whose name space `sub` is a name.
  if (developers(options)?.includes(claims.developer) === false) return refuse('grant_developer_mismatch')
  return { ok: true, claims, kid, payload }
}

/** The claims as they stand in a payload that was read: each has its type. */
interface Wire extends Claims {
  readonly iss: string
  readonly sub: string
  readonly agt: string
  readonly dev: string
  readonly scp: readonly string[]
  readonly grnt?: string
  readonly jti: string
  readonly iat: number
  readonly exp: number
  readonly parentAgt?: string
  readonly parentGrnt?: string
  readonly delegationDepth?: number
  readonly status?: { readonly status_list?: { readonly idx: number; readonly uri: string } }
}

function typed(raw: Wire): GrantClaims {
  const { iss, sub, agt, dev, scp, grnt, jti, aud, iat, exp, parentAgt, parentGrnt, delegationDepth, status } = raw
  const list = status?.status_list
  return {
    issuer: iss,
    principal: sub,
    agent: agt,
    developer: dev,
    scopes: scp,
    grantId: grnt ?? jti,
    tokenId: jti,
    audience: aud === undefined ? [] : typeof aud === 'string' ? [aud] : aud,
    issuedAt: iat,
    expiresAt: exp,
    ...(parentAgt !== undefined && { delegation: { parentAgent: parentAgt, parentGrantId: parentGrnt!, depth: delegationDepth! } }),
    ...(list !== undefined && { status: { index: list.idx, uri: list.uri } }),
    raw,
  }
}

/** Verifies a grant token (Grantex section 5) offline. A bad token is refused and never
 *  throws. Whether it was revoked, {@link revocationOf} tells.
 *
 *  ```ts
 *  const verdict = verifyGrantToken(token, keys, { issuer: 'https://auth.example/grantex', requiredScopes: ['calendar:read'] })
 *  if (verdict.ok) verdict.claims.principal
 *  else verdict.code // 'expired', 'scope_missing', …
 *  ```
 *
 *  @throws {@link OptionError} where an option is unknown or of the wrong type. */
export function verifyGrantToken(token: string, keys: KeySet, options: GrantOptions): GrantVerdict {
  only(options, known)
  const found = judge(token, keys, options)
  if (!found.ok) return found
  return { ok: true, claims: found.claims, kid: found.kid }
}

/** A chain in which each token is genuine and within the one before it. */
export interface VerifiedChain {
  readonly ok: true
  /** From what the principal gave to the last delegation. */
  readonly chain: readonly GrantClaims[]
  /** The last of them: whose token is used. */
  readonly claims: GrantClaims
}

/** DEEPEST of src/grant/narrow.rs, and the root. */
const LONGEST_CHAIN = 11

/** Verifies a grant token with all those that it was delegated from, the principal's own
 *  first, 11 at most: no scope, no time and no depth beyond what the one before has. Audience and
 *  required scopes are asked of the last alone, as it is the one that acts. A refusal says at
 *  which `position` of the chain, from 0, it was.
 *
 *  @throws {@link OptionError} where an option is unknown or of the wrong type. */
export function verifyDelegationChain(
  tokens: readonly string[],
  keys: KeySet,
  options: GrantOptions,
): VerifiedChain | (Refused & { readonly position?: number }) {
  only(options, known)
  if (!Array.isArray(tokens)) throw new TypeError('a chain is a list of tokens')
  if (tokens.length === 0 || tokens.length > LONGEST_CHAIN) return refuse('delegation_empty')
  const { audience: _, requiredScopes: __, ...ofAParent } = options
  const now = seconds(options.now)
  const chain: GrantClaims[] = []
  let parent: Uint8Array | undefined
  for (const [position, token] of tokens.entries()) {
    const expected = position === tokens.length - 1 ? options : ofAParent
    const found = judge(token, keys, { ...expected, now }, { parent, position })
    if (!found.ok) return { ...found, position }
    chain.push(found.claims)
    parent = found.payload
  }
  return { ok: true, chain, claims: chain[chain.length - 1]! }
}

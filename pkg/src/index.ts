/**
 * Verify tokens: synchronous, strict, the same verdict and code in every runtime.
 *
 * @module
 */

export { CachedVerifier, type CacheOptions } from './cache.js'
export { type Blame, type Code, table as codes } from './codes.js'
export { type Algorithm, importJwk, importJwks, type Jwk, type Jwks, KeyError, type KeyFault, type KeyInfo, type KeySet } from './keys.js'
export { type OptionError } from './options.js'
export { type Expectations, type Leniency, type VerifyOptions } from './policy.js'
export { type Refused } from './refusal.js'
export { type Fetch, type FetchHeaders, type FetchInit, type FetchResponse } from './requests.js'
export {
  type Claims, type Header, type JwsOptions, type Verdict, type Verified, type VerifiedJws, type VerifiedSignature,
  verifyDetached, verifyEcdsaDer, verifyJws, verifyJwt, verifySignature,
} from './verify.js'
export {
  type Answer, createVerifier, KeysUnavailable, type Source, type Unavailable, type UnavailableCode, type Verifier, type VerifierOptions,
} from './verifier.js'
export { build } from './wasm/engine.js'

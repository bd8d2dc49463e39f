/**
 * Verify tokens: synchronous, strict, the same verdict and code in every runtime.
 *
 * @module
 */

export { type Blame, type Code, table as codes } from './codes.js'
export { type Algorithm, importJwk, importJwks, type Jwk, type Jwks, KeyError, type KeyFault, type KeyInfo, type KeySet } from './keys.js'
export { type Expectations, type Leniency, type VerifyOptions } from './policy.js'
export { type LocalCode, type Refused } from './refusal.js'
export {
  type Claims, type Header, type Verdict, type Verified, type VerifiedDetached,
  verifyDetached, verifyEcdsaDer, verifyJwt,
} from './verify.js'
export { build } from './wasm/engine.js'

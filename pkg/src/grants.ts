/**
 * Delegated grants: what a principal let an agent do, verified offline.
 *
 * @module
 */

export {
  type Delegation, type GrantClaims, type GrantOptions, type GrantVerdict, type StatusReference, type VerifiedChain, type VerifiedGrant,
  verifyDelegationChain, verifyGrantToken,
} from './grants/token.js'
export { type Revocation, revocationOf, StatusList, type StatusListOptions, type VerifiedStatusList, verifyStatusList } from './grants/status.js'
export {
  createGrantVerifier, type GrantAnswer, type GrantRequirements, GrantVerifier, type GrantVerifierOptions, type OnUnknown, type VerifiedNow,
} from './grants/verifier.js'
export type { GrantUnavailable, StatusCode } from './grants/lists.js'
export { KeysUnavailable } from './verifier.js'

// What goes over the wire, typed. Times are texts in ISO 8601, as they are there.

/** A span of time: digits and one of `s m h d`. */
export type Duration = `${number}${'s' | 'm' | 'h' | 'd'}`

/** Who signed up. */
export interface Developer {
  readonly developerId: string
  /** Told once. */
  readonly apiKey: string
  readonly name: string
  readonly email: string | null
  readonly mode: 'live' | 'sandbox'
  readonly createdAt: string
}

export interface Agent {
  readonly agentId: string
  readonly did: string
  readonly name: string
  readonly description: string
  readonly scopes: readonly string[]
  readonly status: 'active' | 'suspended'
  readonly developerId: string
  readonly createdAt: string
  readonly updatedAt: string
}

/** What is wanted for an agent. */
export interface AuthorizeRequest {
  readonly agentId: string
  /** On whose behalf. */
  readonly principalId: string
  readonly scopes: readonly string[]
  /** For how long the grant is to last; 24 hours by default. */
  readonly expiresIn?: Duration
  readonly redirectUri?: string
  readonly state?: string
  readonly audience?: string
  /** Of `createPkcePair`: keep the verifier for the exchange. */
  readonly codeChallenge?: string
}

export interface Authorization {
  readonly authRequestId: string
  /** Where the principal decides. */
  readonly consentUrl: string
  readonly agentId: string
  readonly principalId: string
  readonly scopes: readonly string[]
  readonly expiresIn: string
  readonly expiresAt: string
  readonly status: 'pending' | 'approved'
  readonly createdAt: string
  /** Only where it was approved at once: by a sandbox, by a policy. */
  readonly code?: string
}

export interface Tokens {
  readonly grantToken: string
  readonly expiresAt: string
  readonly refreshToken: string
  readonly grantId: string
  readonly scopes: readonly string[]
}

export interface DelegatedTokens {
  readonly grantToken: string
  readonly expiresAt: string
  readonly grantId: string
  readonly scopes: readonly string[]
  readonly refreshToken?: string
}

export type TokenStatus =
  | {
      readonly valid: true
      readonly grantId: string
      readonly scopes: readonly string[]
      readonly principal: string
      /** The agent's DID. */
      readonly agent: string
      readonly expiresAt: string
    }
  | { readonly valid: false }

export interface GrantRecord {
  readonly grantId: string
  readonly agentId: string
  readonly agentDid: string
  readonly principalId: string
  readonly developerId: string
  readonly scopes: readonly string[]
  readonly status: 'active' | 'revoked' | 'expired'
  readonly issuedAt: string
  readonly expiresAt: string
  readonly revokedAt: string | null
  readonly parentGrantId: string | null
  readonly delegationDepth: number
}

export type GrantStatus =
  | { readonly active: true; readonly claims: Readonly<Record<string, unknown>> }
  | { readonly active: false; readonly reason: string }

export interface AuditEntry {
  readonly entryId: string
  readonly agentId: string
  readonly agentDid: string
  readonly grantId: string
  readonly principalId: string
  readonly developerId: string
  readonly action: string
  readonly metadata: Readonly<Record<string, unknown>>
  readonly hash: string
  readonly prevHash: string | null
  readonly timestamp: string
  readonly status: 'success' | 'failure' | 'blocked'
}

export interface Paging {
  /** From 1. */
  readonly page?: number
  readonly pageSize?: number
}

/** One page of many. */
export interface Page {
  readonly total: number
  readonly page: number
  readonly pageSize: number
}

export interface PrincipalSession {
  readonly sessionToken: string
  /** Where the principal sees and ends what agents may do. */
  readonly dashboardUrl: string
  readonly expiresAt: string
}

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

/** An agent of a developer. */
export interface Agent {
  readonly agentId: string
  /** Its decentralized identifier, by which tokens name it (`agt`). */
  readonly did: string
  readonly name: string
  readonly description: string
  /** What it may ask principals for. */
  readonly scopes: readonly string[]
  /** A suspended agent is granted nothing new. */
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
  /** Where the principal is sent with the code once they have decided. */
  readonly redirectUri?: string
  /** Handed back with the code, as it is. */
  readonly state?: string
  /** For whom the tokens are to be: their `aud`. */
  readonly audience?: string
  /** Of `createPkcePair`: keep the verifier for the exchange. */
  readonly codeChallenge?: string
}

/** A request that a principal is to decide. */
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

/** A grant token, and what the next one is had for. */
export interface Tokens {
  /** What the agent presents: a JWT. */
  readonly grantToken: string
  readonly expiresAt: string
  readonly refreshToken: string
  readonly grantId: string
  readonly scopes: readonly string[]
}

/** A token for an agent to whom another passed a part of its grant on. */
export interface DelegatedTokens {
  readonly grantToken: string
  readonly expiresAt: string
  readonly grantId: string
  readonly scopes: readonly string[]
  readonly refreshToken?: string
}

/** How a token stands at this moment. */
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

/** A grant as the authority has it. */
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
  /** The grant that it was delegated from; `null` for what the principal gave directly. */
  readonly parentGrantId: string | null
  /** How many delegations lie between it and the principal. */
  readonly delegationDepth: number
}

/** Whether a grant is in force at this moment. */
export type GrantStatus =
  | { readonly active: true; readonly claims: Readonly<Record<string, unknown>> }
  | { readonly active: false; readonly reason: string }

/** An entry of the audit trail. */
export interface AuditEntry {
  readonly entryId: string
  readonly agentId: string
  readonly agentDid: string
  readonly grantId: string
  readonly principalId: string
  readonly developerId: string
  readonly action: string
  readonly metadata: Readonly<Record<string, unknown>>
  /** SHA-256 of the entry and `prevHash`, in hexadecimal digits. */
  readonly hash: string
  /** `hash` of the entry before; `null` in the first. */
  readonly prevHash: string | null
  readonly timestamp: string
  readonly status: 'success' | 'failure' | 'blocked'
}

/** Which page of a list. */
export interface Paging {
  /** From 1. */
  readonly page?: number
  /** How many to a page; 50 by default. */
  readonly pageSize?: number
}

/** One page of many. */
export interface Page {
  /** How many there are on all pages. */
  readonly total: number
  readonly page: number
  readonly pageSize: number
}

/** An address for a principal, and the session behind it. */
export interface PrincipalSession {
  readonly sessionToken: string
  /** Where the principal sees and ends what agents may do. */
  readonly dashboardUrl: string
  readonly expiresAt: string
}

// The client: one object, its methods grouped as the protocol groups them.

import { invalid, only } from '../options.js'
import * as read from './read.js'
import { type CallOptions, type GrantexOptions, type Json, Transport } from './transport.js'
import type {
  Agent, AuditEntry, Authorization, AuthorizeRequest, DelegatedTokens, Developer, Duration, GrantRecord, GrantStatus, Page, Paging,
  PrincipalSession, Tokens, TokenStatus,
} from './types.js'

/** What is sent of what was given: members that are not there are not, and there are no others,
 *  as one that is misspelt would be left out without a word. */
function said<T extends object>(given: T, ...known: readonly (keyof T & string)[]): Json {
  only(given, new Set(known))
  return Object.fromEntries(known.flatMap((name) => (given[name] === undefined ? [] : [[name, given[name]]])))
}

/** An id as a segment of a path. */
function segment(id: string): string {
  if (typeof id !== 'string' || id === '' || id === '.' || id === '..') throw new TypeError('an id is a text')
  return encodeURIComponent(id)
}

const tokens = (json: Json): Tokens => ({
  grantToken: read.text(json, 'grantToken'),
  expiresAt: read.text(json, 'expiresAt'),
  refreshToken: read.text(json, 'refreshToken'),
  grantId: read.text(json, 'grantId'),
  scopes: read.texts(json, 'scopes'),
})

class TokenCalls {
  readonly #transport: Transport
  constructor(transport: Transport) {
    this.#transport = transport
  }

  /** Exchanges the code of an approved authorization. It is good once: where the answer is
   *  lost, the principal is asked again. */
  async exchange(request: { readonly code: string; readonly agentId: string; readonly codeVerifier?: string }, options?: CallOptions): Promise<Tokens> {
    return tokens(await this.#transport.call({ ...options, method: 'POST', path: '/v1/token', body: said(request, 'code', 'agentId', 'codeVerifier') }))
  }

  /** Gets a new token and the next refresh token. A refresh token is good once, so the call has
   *  an idempotency key: a lost answer is asked for again, by itself, and where the process was
   *  lost with it, by calling with the same key within five minutes. */
  async refresh(
    request: { readonly refreshToken: string; readonly agentId: string },
    { idempotencyKey = crypto.randomUUID(), ...options }: CallOptions & { readonly idempotencyKey?: string } = {},
  ): Promise<Tokens> {
    return tokens(await this.#transport.call({ ...options, method: 'POST', path: '/v1/token/refresh', body: said(request, 'refreshToken', 'agentId'), idempotencyKey }))
  }

  /** Asks whether a token is good at this moment. */
  async verify(token: string, options?: CallOptions): Promise<TokenStatus> {
    const json = await this.#transport.call({ ...options, method: 'POST', path: '/v1/tokens/verify', body: { token } })
    if (json['valid'] !== true) return { valid: false }
    return {
      valid: true,
      grantId: read.text(json, 'grantId'),
      scopes: read.texts(json, 'scopes'),
      principal: read.text(json, 'principal'),
      agent: read.text(json, 'agent'),
      expiresAt: read.text(json, 'expiresAt'),
    }
  }

  /** Revokes one token, by its `jti`. Others of its grant stay good. */
  async revoke(tokenId: string, options?: CallOptions): Promise<void> {
    await this.#transport.call({ ...options, method: 'POST', path: '/v1/tokens/revoke', body: { jti: tokenId } })
  }
}

/** What may be said of an agent. */
interface AgentDescription {
  readonly name: string
  readonly description?: string
  readonly scopes?: readonly string[]
}

class AgentCalls {
  readonly #transport: Transport
  constructor(transport: Transport) {
    this.#transport = transport
  }

  /** Registers an agent, for which principals can be asked. */
  async register(agent: AgentDescription, options?: CallOptions): Promise<Agent> {
    return read.agent(await this.#transport.call({ ...options, method: 'POST', path: '/v1/agents', body: said(agent, 'name', 'description', 'scopes') }))
  }

  /** An agent. */
  async get(agentId: string, options?: CallOptions): Promise<Agent> {
    return read.agent(await this.#transport.call({ ...options, method: 'GET', path: `/v1/agents/${segment(agentId)}` }))
  }

  /** The newest first. */
  async list({ signal, ...paging }: Paging & CallOptions = {}): Promise<Page & { readonly agents: readonly Agent[] }> {
    const json = await this.#transport.call({ ...(signal && { signal }), method: 'GET', path: '/v1/agents', query: said(paging, 'page', 'pageSize') })
    return { agents: read.list(json, 'agents', read.agent), ...read.page(json) }
  }

  /** Changes what is given, and nothing else. */
  async update(
    agentId: string,
    changes: Partial<AgentDescription> & { readonly status?: Agent['status'] },
    options?: CallOptions,
  ): Promise<Agent> {
    const body = said(changes, 'name', 'description', 'scopes', 'status')
    return read.agent(await this.#transport.call({ ...options, method: 'PATCH', path: `/v1/agents/${segment(agentId)}`, body }))
  }

  /** Deletes an agent, and with it its grants and tokens. */
  async delete(agentId: string, options?: CallOptions): Promise<void> {
    await this.#transport.call({ ...options, method: 'DELETE', path: `/v1/agents/${segment(agentId)}` })
  }
}

/** Which grants are meant. */
interface GrantFilter extends Paging {
  readonly agentId?: string
  readonly principalId?: string
  readonly status?: GrantRecord['status']
}

class GrantCalls {
  readonly #transport: Transport
  constructor(transport: Transport) {
    this.#transport = transport
  }

  /** A grant. */
  async get(grantId: string, options?: CallOptions): Promise<GrantRecord> {
    return read.grant(await this.#transport.call({ ...options, method: 'GET', path: `/v1/grants/${segment(grantId)}` }))
  }

  /** The newest first. */
  async list({ signal, ...filter }: GrantFilter & CallOptions = {}): Promise<Page & { readonly grants: readonly GrantRecord[] }> {
    const query = said(filter, 'agentId', 'principalId', 'status', 'page', 'pageSize')
    const json = await this.#transport.call({ ...(signal && { signal }), method: 'GET', path: '/v1/grants', query })
    return { grants: read.list(json, 'grants', read.grant), ...read.page(json) }
  }

  /** Revokes a grant and all that were delegated from it, at any depth. */
  async revoke(grantId: string, options?: CallOptions): Promise<void> {
    await this.#transport.call({ ...options, method: 'DELETE', path: `/v1/grants/${segment(grantId)}` })
  }

  /** Passes a part of a grant on to another agent; it ends with its parent or earlier. */
  async delegate(
    request: {
      readonly parentGrantToken: string
      readonly subAgentId: string
      readonly scopes: readonly string[]
      /** An hour by default. */
      readonly expiresIn?: Duration
    },
    options?: CallOptions,
  ): Promise<DelegatedTokens> {
    const body = said(request, 'parentGrantToken', 'subAgentId', 'scopes', 'expiresIn')
    const json = await this.#transport.call({ ...options, method: 'POST', path: '/v1/grants/delegate', body })
    const refreshToken = read.optional(json, 'refreshToken')
    return {
      grantToken: read.text(json, 'grantToken'),
      expiresAt: read.text(json, 'expiresAt'),
      grantId: read.text(json, 'grantId'),
      scopes: read.texts(json, 'scopes'),
      ...(refreshToken !== undefined && { refreshToken }),
    }
  }

  /** Asks whether the grant of a token is in force at this moment. */
  async verify(token: string, options?: CallOptions): Promise<GrantStatus> {
    const json = await this.#transport.call({ ...options, method: 'POST', path: '/v1/grants/verify', body: { token } })
    return json['active'] === true
      ? { active: true, claims: read.object(json, 'claims') }
      : { active: false, reason: read.optional(json, 'reason') ?? 'unknown' }
  }
}

/** Which entries are meant. Times are texts in ISO 8601. */
interface AuditFilter extends Paging {
  readonly agentId?: string
  readonly grantId?: string
  readonly principalId?: string
  readonly action?: string
  readonly since?: string
  readonly until?: string
}

class AuditCalls {
  readonly #transport: Transport
  constructor(transport: Transport) {
    this.#transport = transport
  }

  /** Appends what an agent did to the chain. */
  async log(
    entry: {
      readonly agentId: string
      readonly grantId: string
      readonly action: string
      readonly status?: AuditEntry['status']
      readonly metadata?: Readonly<Record<string, unknown>>
      readonly agentDid?: string
      readonly principalId?: string
    },
    options?: CallOptions,
  ): Promise<AuditEntry> {
    const body = { status: 'success', ...said(entry, 'agentId', 'grantId', 'action', 'status', 'metadata', 'agentDid', 'principalId') }
    return read.entry(await this.#transport.call({ ...options, method: 'POST', path: '/v1/audit/log', body }))
  }

  /** The oldest first, so that pages can be verified one after the other (`countersign/audit`). */
  async list({ signal, ...filter }: AuditFilter & CallOptions = {}): Promise<
    Page & { readonly entries: readonly AuditEntry[] }
  > {
    const query = said(filter, 'agentId', 'grantId', 'principalId', 'action', 'since', 'until', 'page', 'pageSize')
    const json = await this.#transport.call({ ...(signal && { signal }), method: 'GET', path: '/v1/audit/entries', query })
    return { entries: read.list(json, 'entries', read.entry), ...read.page(json) }
  }

  /** An entry. */
  async get(entryId: string, options?: CallOptions): Promise<AuditEntry> {
    return read.entry(await this.#transport.call({ ...options, method: 'GET', path: `/v1/audit/${segment(entryId)}` }))
  }
}

class PrincipalSessionCalls {
  readonly #transport: Transport
  constructor(transport: Transport) {
    this.#transport = transport
  }

  /** Makes an address under which a principal sees and ends what agents may do. */
  async create(request: { readonly principalId: string; readonly expiresIn?: Duration }, options?: CallOptions): Promise<PrincipalSession> {
    const json = await this.#transport.call({ ...options, method: 'POST', path: '/v1/principal-sessions', body: said(request, 'principalId', 'expiresIn') })
    return { sessionToken: read.text(json, 'sessionToken'), dashboardUrl: read.text(json, 'dashboardUrl'), expiresAt: read.text(json, 'expiresAt') }
  }
}

class KeyCalls {
  readonly #transport: Transport
  constructor(transport: Transport) {
    this.#transport = transport
  }

  /** Replaces the API key. The old one ends at once; this client goes on with the new one,
   *  which is told once: keep it. */
  async rotate(options?: CallOptions): Promise<{ readonly apiKey: string; readonly rotatedAt: string }> {
    const json = await this.#transport.call({ ...options, method: 'POST', path: '/v1/keys/rotate' })
    const rotated = { apiKey: read.text(json, 'apiKey'), rotatedAt: read.text(json, 'rotatedAt') }
    this.#transport.apiKey = rotated.apiKey
    return rotated
  }
}

const known = new Set(['baseUrl', 'apiKey', 'timeout', 'retries', 'maxWait', 'fetch'])
const ofSignup = new Set([...known, 'name', 'email', 'mode', 'signal'].filter((name) => name !== 'apiKey'))

/** A client of a Grantex server.
 *
 *  ```ts
 *  const grantex = new Grantex({ baseUrl: 'https://auth.example/grantex', apiKey })
 *  const { verifier, challenge } = createPkcePair()
 *  const { consentUrl } = await grantex.authorize({ agentId, principalId, scopes: ['calendar:read'], codeChallenge: challenge, redirectUri })
 *  // … the principal decides, and comes back with a code …
 *  const { grantToken } = await grantex.tokens.exchange({ code, agentId, codeVerifier: verifier })
 *  ``` */
export class Grantex {
  readonly #transport: Transport
  readonly tokens: TokenCalls
  readonly agents: AgentCalls
  readonly grants: GrantCalls
  readonly audit: AuditCalls
  readonly principalSessions: PrincipalSessionCalls
  readonly keys: KeyCalls

  /** @throws {@link OptionError} where an option is unknown or of the wrong type. */
  constructor(options: GrantexOptions) {
    only(options, known)
    // As it goes into a header, where nothing else may stand.
    if (typeof options.apiKey !== 'string' || !/^[\x21-\x7e]+$/.test(options.apiKey)) throw invalid('apiKey', 'a string without spaces')
    const transport = new Transport(options)
    this.#transport = transport
    this.tokens = new TokenCalls(transport)
    this.agents = new AgentCalls(transport)
    this.grants = new GrantCalls(transport)
    this.audit = new AuditCalls(transport)
    this.principalSessions = new PrincipalSessionCalls(transport)
    this.keys = new KeyCalls(transport)
  }

  /** Signs a developer up; the answer has the API key, told once. */
  static async signup(
    options: Omit<GrantexOptions, 'apiKey'> & CallOptions & { readonly name: string; readonly email?: string; readonly mode?: 'live' | 'sandbox' },
  ): Promise<Developer> {
    only(options, ofSignup)
    const { name, email, mode, signal, ...rest } = options
    const json = await new Transport(rest).call({ method: 'POST', path: '/v1/signup', body: said({ name, email, mode }, 'name', 'email', 'mode'), ...(signal && { signal }) })
    return {
      developerId: read.text(json, 'developerId'),
      apiKey: read.text(json, 'apiKey'),
      name: read.text(json, 'name'),
      email: read.optional(json, 'email') ?? null,
      mode: read.one(json, 'mode', 'live', 'sandbox'),
      createdAt: read.text(json, 'createdAt'),
    }
  }

  /** Asks a principal for a grant: send them to `consentUrl`. */
  async authorize(request: AuthorizeRequest, options?: CallOptions): Promise<Authorization> {
    const body = {
      ...said(request, 'agentId', 'principalId', 'scopes', 'expiresIn', 'redirectUri', 'state', 'audience', 'codeChallenge'),
      ...(request.codeChallenge !== undefined && { codeChallengeMethod: 'S256' }),
    }
    return read.authorization(await this.#transport.call({ ...options, method: 'POST', path: '/v1/authorize', body }))
  }
}

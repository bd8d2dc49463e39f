// Answers, read member by member: what is not as it must be is not handed on.

import { type Json, unreadable } from './transport.js'
import type { Agent, AuditEntry, Authorization, GrantRecord, Page } from './types.js'

export function text(json: Json, ...names: readonly string[]): string {
  for (const name of names) {
    const value = json[name]
    if (typeof value === 'string') return value
  }
  throw unreadable(`\`${names[0]}\` is no text`)
}

export function texts(json: Json, name: string): readonly string[] {
  const value = json[name]
  if (Array.isArray(value) && value.every((one) => typeof one === 'string')) return value
  throw unreadable(`\`${name}\` is no list of texts`)
}

export const optional = (json: Json, name: string): string | undefined => (json[name] === undefined || json[name] === null ? undefined : text(json, name))

function number(json: Json, name: string, missing?: number): number {
  const value = json[name] ?? missing
  if (typeof value === 'number') return value
  throw unreadable(`\`${name}\` is no number`)
}

export function one<T extends string>(json: Json, name: string, ...of: readonly T[]): T {
  const value = json[name]
  const found = of.find((one) => one === value)
  if (found === undefined) throw unreadable(`\`${name}\` is none of ${of.join(', ')}`)
  return found
}

export function object(json: Json, name: string): Json {
  const value = json[name]
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Json
  throw unreadable(`\`${name}\` is no object`)
}

export function list<T>(json: Json, name: string, read: (json: Json) => T): T[] {
  const value = json[name]
  if (!Array.isArray(value)) throw unreadable(`\`${name}\` is no list`)
  return value.map((_, i) => read(object(value as unknown as Json, String(i))))
}

export const page = (json: Json): Page => ({ total: number(json, 'total'), page: number(json, 'page'), pageSize: number(json, 'pageSize') })

/** Servers of different ages name ids in different ways. */
export const agent = (json: Json): Agent => ({
  agentId: text(json, 'agentId', 'id'),
  did: text(json, 'did'),
  name: text(json, 'name'),
  description: optional(json, 'description') ?? '',
  scopes: texts(json, 'scopes'),
  status: one(json, 'status', 'active', 'suspended'),
  developerId: text(json, 'developerId'),
  createdAt: text(json, 'createdAt'),
  updatedAt: text(json, 'updatedAt'),
})

export function authorization(json: Json): Authorization {
  const code = optional(json, 'code')
  return {
    authRequestId: text(json, 'authRequestId'),
    consentUrl: text(json, 'consentUrl'),
    agentId: text(json, 'agentId'),
    principalId: text(json, 'principalId'),
    scopes: texts(json, 'scopes'),
    expiresIn: text(json, 'expiresIn'),
    expiresAt: text(json, 'expiresAt'),
    status: one(json, 'status', 'pending', 'approved'),
    createdAt: text(json, 'createdAt'),
    ...(code !== undefined && { code }),
  }
}

export const grant = (json: Json): GrantRecord => ({
  grantId: text(json, 'grantId', 'id'),
  agentId: text(json, 'agentId'),
  agentDid: text(json, 'agentDid'),
  principalId: text(json, 'principalId'),
  developerId: text(json, 'developerId'),
  scopes: texts(json, 'scopes'),
  status: one(json, 'status', 'active', 'revoked', 'expired'),
  issuedAt: text(json, 'issuedAt'),
  expiresAt: text(json, 'expiresAt'),
  revokedAt: optional(json, 'revokedAt') ?? null,
  parentGrantId: optional(json, 'parentGrantId') ?? null,
  delegationDepth: number(json, 'delegationDepth', 0),
})

/** As it came: `verifyAuditChain` is given what was hashed. */
export function entry(json: Json): AuditEntry {
  for (const name of ['agentId', 'agentDid', 'grantId', 'principalId', 'action', 'hash', 'timestamp']) text(json, name)
  const { id, ...rest } = json
  return { ...rest, entryId: text(json, 'entryId', 'id'), metadata: json['metadata'] ?? {}, prevHash: optional(json, 'prevHash') ?? null } as unknown as AuditEntry
}

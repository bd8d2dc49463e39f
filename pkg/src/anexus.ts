/**
 * The Anexus protocol: an agent's one-time codes, asked for and redeemed.
 *
 * Each call answers with what was asked for (`ok: true`), with the authority's no
 * ({@link Denied}), or that nothing is known ({@link Unreachable}). It throws a `TypeError` only
 * where its arguments are none.
 *
 * @module
 */

import { signRequest } from './hmac.js'
import { callable, invalid, isPrivate, only, PRIVATE, spans } from './options.js'
import { deadline, type Fetch, jsonOf, ownFetch } from './requests.js'

/** Where the authority is. */
export interface Connection {
  /** The base of the Anexus door: `https://…/anexus`. */
  readonly base: string
  /** Another `fetch`, for a proxy or a test. */
  readonly fetch?: Fetch
  /** Seconds until an answer must be there; 10 by default. */
  readonly timeout?: number
}

/** The authority said no. */
export interface Denied {
  readonly ok: false
  readonly unavailable: false
  /** What it said, for people. */
  readonly error: string
  readonly status: number
  /** Seconds to wait, where it limits how often one may ask. */
  readonly retryAfter?: number
}

/** The authority did not say anything that can be relied on: nothing is known. */
export interface Unreachable {
  readonly ok: false
  readonly unavailable: true
  readonly error: string
  readonly cause?: unknown
}

/** Who a session belongs to. */
export interface Login {
  readonly ok: true
  readonly userId: string
  readonly username: string
  readonly email: string
  readonly role: string
}

/** A one-time code. */
export interface GeneratedCode {
  readonly ok: true
  /** What the agent shows: `anx://…`. */
  readonly code: string
  /** The platform that it is for. */
  readonly target: string
  /** For how long it is good, in words. */
  readonly expiresIn: string
  /** Country and region, such as `CN/GD`; empty where unknown. */
  readonly geoLocation: string
}

/** Whom a code stands for, told once. */
export interface VerifiedCode {
  readonly ok: true
  readonly username: string
  readonly userId: string
  readonly name: string
  readonly targetPlatform: string
  readonly identityType: string
  /** What the person lets agents do at this platform. */
  readonly permissions: readonly string[]
  readonly geoLocation: string
}

/** The path that signatures are over, wherever the door is mounted. */
const VERIFY = '/api/v1/codes/verify'

type Json = Readonly<Record<string, unknown>>

/** What was said, and whether it was said with an error. */
interface Answer {
  readonly status: number
  readonly json: Json
  readonly retryAfter?: number
}

const known = new Set(['base', 'fetch', 'timeout'])

const unreachable = (error: string, cause?: unknown): Unreachable => ({ ok: false, unavailable: true, error, cause })

async function call(
  connection: Connection,
  path: string,
  headers: Record<string, string>,
  body?: Json,
): Promise<Answer | Unreachable> {
  only(connection, known)
  const { base, fetch = ownFetch, timeout = 10 } = connection
  // A session over a connection that anybody can read on is anybody's session.
  if (!isPrivate(base)) throw invalid('base', PRIVATE)
  callable({ fetch })
  spans({ timeout })
  try {
    const response = await fetch(base.replace(/\/+$/, '') + path, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { accept: 'application/json', ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      redirect: 'manual',
      signal: deadline(timeout),
    })
    const json = await jsonOf(response)
    // A redirect is another's answer in the place of the authority's.
    const isAnswer = response.ok || (response.status >= 400 && response.status < 500)
    if (!isAnswer || typeof json !== 'object' || json === null) {
      return unreachable(`the authority answered ${response.status || 'with a redirect'}`)
    }
    const wait = Number.parseInt(response.headers.get('retry-after') ?? '', 10)
    return { status: response.status, json: json as Json, ...(wait >= 0 && { retryAfter: wait }) }
  } catch (cause) {
    return unreachable('the authority did not answer', cause)
  }
}

const text = (json: Json, member: string): string => (typeof json[member] === 'string' ? json[member] : '')

/** A yes: a member that is true in an answer that is no error. */
const says = ({ status, json }: Answer, member: string): boolean => status < 300 && json[member] === true

/** A yes that does not say to whom or to what is none that can be relied on. */
function unreadable(json: Json, ...members: readonly string[]): Unreachable | undefined {
  const missing = members.find((member) => text(json, member) === '')
  return missing === undefined ? undefined : unreachable(`the authority's answer has no \`${missing}\``)
}

function denied({ status, json, retryAfter }: Answer): Denied {
  return {
    ok: false,
    unavailable: false,
    error: text(json, 'error') || `refused with status ${status}`,
    status,
    ...(retryAfter !== undefined && { retryAfter }),
  }
}

/** Whose session a token is. */
export async function checkLogin(connection: Connection, sessionToken: string): Promise<Login | Denied | Unreachable> {
  const answer = await call(connection, '/api/v1/session/check', { 'x-session-token': sessionToken })
  if ('ok' in answer) return answer
  const { json } = answer
  if (!says(answer, 'logged_in')) return denied(answer)
  const missing = unreadable(json, 'user_id')
  if (missing) return missing
  return { ok: true, userId: text(json, 'user_id'), username: text(json, 'username'), email: text(json, 'email'), role: text(json, 'role') }
}

/** Asks for a one-time code with which an agent shows itself to the platform `target`. */
export async function generateCode(
  connection: Connection,
  sessionToken: string,
  target: string,
): Promise<GeneratedCode | Denied | Unreachable> {
  const name = target.trim().toLowerCase()
  if (name === '') throw new RangeError('target is the name of a platform')
  const answer = await call(connection, '/api/v1/codes/generate', { 'x-session-token': sessionToken }, { target: name })
  if ('ok' in answer) return answer
  const { json } = answer
  if (!says(answer, 'success')) return denied(answer)
  const missing = unreadable(json, 'code')
  if (missing) return missing
  return { ok: true, code: text(json, 'code'), target: text(json, 'target'), expiresIn: text(json, 'expires_in'), geoLocation: text(json, 'geo_location') }
}

/** What a platform redeems codes with. */
export interface PlatformKey {
  readonly apiKey: string
  /** Signs the request with HMAC-SHA256. */
  readonly apiSecret?: string
  /** Makes it safe to ask again when the answer was lost: with the same key within 60 seconds
   *  the answer is the same. By default each call has its own. */
  readonly idempotencyKey?: string
}

const ofAKey = new Set(['apiKey', 'apiSecret', 'idempotencyKey'])

/** Redeems a one-time code: the first to do so learns whom it stands for, and nobody after. */
export async function verifyCode(
  connection: Connection,
  code: string,
  key: PlatformKey,
): Promise<VerifiedCode | Denied | Unreachable> {
  only(key, ofAKey)
  const { apiKey, apiSecret, idempotencyKey = crypto.randomUUID() } = key
  if (typeof apiKey !== 'string') throw invalid('apiKey', 'a string')
  const timestamp = Math.floor(Date.now() / 1000)
  const signed = apiSecret !== undefined && {
    timestamp: String(timestamp),
    signature: signRequest(apiSecret, 'POST', VERIFY, timestamp),
  }
  const answer = await call(connection, VERIFY, { 'idempotency-key': idempotencyKey }, { code, api_key: apiKey, ...signed })
  if ('ok' in answer) return answer
  const { json } = answer
  if (!says(answer, 'verified')) return denied(answer)
  const missing = unreadable(json, 'user_id')
  if (missing) return missing
  const permissions = Array.isArray(json['permissions']) ? json['permissions'].filter((one) => typeof one === 'string') : []
  return {
    ok: true,
    username: text(json, 'username'),
    userId: text(json, 'user_id'),
    name: text(json, 'name'),
    targetPlatform: text(json, 'target_platform'),
    identityType: text(json, 'identity_type'),
    permissions,
    geoLocation: text(json, 'geo_location'),
  }
}

/** How a device that has no browser is let in: show the code and the address to a person. */
export interface DeviceAuthorization {
  readonly ok: true
  readonly deviceCode: string
  readonly userCode: string
  readonly verificationUri: string
  /** Seconds until it is too late. */
  readonly expiresIn: number
}

/** What an agent that was let in has: keep the key and the secret, they are told once. */
export interface AgentCredentials {
  readonly ok: true
  readonly apiKey: string
  readonly agentId: string
  readonly agentSecret: string
}

/** Starts the device flow for an agent of this name. */
export async function authorizeDevice(connection: Connection, name: string): Promise<DeviceAuthorization | Denied | Unreachable> {
  const answer = await call(connection, '/api/v1/device/authorize', {}, { name })
  if ('ok' in answer) return answer
  const { json } = answer
  if (!says(answer, 'success')) return denied(answer)
  const missing = unreadable(json, 'device_code', 'user_code', 'verification_uri')
  if (missing) return missing
  return {
    ok: true,
    deviceCode: text(json, 'device_code'),
    userCode: text(json, 'user_code'),
    verificationUri: text(json, 'verification_uri'),
    expiresIn: typeof json['expires_in'] === 'number' ? json['expires_in'] : 600,
  }
}

/** Asks once whether a person has decided: `undefined` where not yet. */
export async function pollDevice(connection: Connection, deviceCode: string): Promise<AgentCredentials | undefined | Denied | Unreachable> {
  const answer = await call(connection, '/api/v1/device/poll', {}, { device_code: deviceCode })
  if ('ok' in answer) return answer
  const { json } = answer
  // Whoever asks too often is told so, and nothing else is decided.
  if (answer.status === 429) return undefined
  if (answer.status >= 400) return denied(answer)
  switch (json['status']) {
    case 'authorized':
      return unreadable(json, 'api_key', 'agent_id', 'agent_secret') ?? { ok: true, apiKey: text(json, 'api_key'), agentId: text(json, 'agent_id'), agentSecret: text(json, 'agent_secret') }
    case 'expired':
    case 'denied':
      return denied({ ...answer, json: { error: `the request was ${json['status']}`, ...json } })
    default:
      return undefined
  }
}

/** Whose key this is. */
export interface AgentIdentity {
  readonly ok: true
  readonly id: string
  readonly name: string
  readonly identityType: string
  readonly role: string
}

/** Who an agent's key belongs to. */
export async function checkAgent(connection: Connection, apiKey: string): Promise<AgentIdentity | Denied | Unreachable> {
  const answer = await call(connection, '/api/v1/identity/verify', {}, { api_key: apiKey })
  if ('ok' in answer) return answer
  const { json } = answer
  if (!says(answer, 'verified')) return denied(answer)
  const missing = unreadable(json, 'id')
  if (missing) return missing
  return { ok: true, id: text(json, 'id'), name: text(json, 'name'), identityType: text(json, 'identity_type'), role: text(json, 'role') }
}

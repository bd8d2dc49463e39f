// What each command does. A command gives what it has to say, or stops.

import { generateKeyPairSync } from 'node:crypto'
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs'
import { hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  authorizeDevice, checkAgent, checkLogin, type Connection, type Denied, generateCode, pollDevice, type Unreachable, verifyCode,
} from '../anexus.js'
import { checkCode } from '../code.js'
import { createVerifier, importJwk, importJwks, KeyError, KeysUnavailable, type KeySet, type Refused, verifyJwt, type VerifyOptions } from '../index.js'
import { decodeUnverified } from '../unverified.js'
import { browserLogin, hasBrowser } from './loopback.js'
import { forCodes, forTokens } from './options.js'
import { Exit, note, type Said, Stop, table } from './output.js'
import { type Credentials, forget, load, save } from './store.js'

/** What stands on the command line. */
export interface Given {
  readonly base: string
  readonly words: readonly string[]
  readonly text: (option: string) => string | undefined
  readonly texts: (option: string) => readonly string[]
  readonly flag: (option: string) => boolean
  /** The names of those that are there. */
  readonly options: readonly string[]
}

const door = ({ base }: Given): Connection => ({ base: `${base}/anexus` })

/** A good answer, or the end. */
function good<T extends { ok: true }>(answer: T | Denied | Unreachable): T {
  if (answer.ok) return answer
  if (answer.unavailable) throw new Stop(Exit.unavailable, answer.error, { unavailable: true })
  const { error, status, retryAfter } = answer
  throw new Stop(Exit.refused, retryAfter === undefined ? error : `${error} (try again in ${retryAfter} s)`, { status, ...(retryAfter !== undefined && { retryAfter }) })
}

function signedIn({ base }: Given): Credentials {
  const found = load(base)
  if (found === undefined) throw new Stop(Exit.signedOut, `nobody is signed in to ${base}: run \`countersign login\``)
  return found
}

export async function login(given: Given): Promise<Said> {
  const device = given.flag('device') || (!given.flag('browser') && !given.flag('no-open') && !hasBrowser())
  return device ? deviceLogin(given) : personLogin(given)
}

async function personLogin(given: Given): Promise<Said> {
  const sessionToken = await browserLogin(given.base, !given.flag('no-open'))
  const { ok: _, ...who } = good(await checkLogin(door(given), sessionToken))
  save(given.base, { kind: 'session', sessionToken })
  return { data: who, text: `Signed in as ${who.username} (${who.email}).` }
}

/** RFC 8628 section 3.5: the shortest time between two questions. */
const INTERVAL = 5

async function deviceLogin(given: Given): Promise<Said> {
  const name = given.text('name') ?? `countersign on ${hostname()}`
  const started = good(await authorizeDevice(door(given), name))
  note(`Go to ${started.verificationUri} on any device and enter the code\n\n    ${started.userCode}\n`)
  const end = Date.now() + started.expiresIn * 1000
  while (Date.now() < end) {
    await sleep(INTERVAL * 1000)
    const answer = await pollDevice(door(given), started.deviceCode)
    // Not yet; or no answer this time, which says nothing about the next.
    if (answer === undefined || (!answer.ok && answer.unavailable)) continue
    const { apiKey, agentId, agentSecret } = good(answer)
    save(given.base, { kind: 'agent', apiKey, agentId, agentSecret })
    return { data: { agentId }, text: `Let in as the agent ${agentId}.` }
  }
  throw new Stop(Exit.unavailable, 'nobody let this device in before its code expired')
}

export async function whoami(given: Given): Promise<Said> {
  const credentials = signedIn(given)
  if (credentials.kind === 'agent') {
    const { ok: _, ...agent } = good(await checkAgent(door(given), credentials.apiKey))
    return { data: agent, text: table([['agent', agent.id], ['name', agent.name], ['role', agent.role]]) }
  }
  const { ok: _, ...who } = good(await checkLogin(door(given), credentials.sessionToken))
  return { data: who, text: table([['user', who.username], ['e-mail', who.email], ['id', who.userId], ['role', who.role]]) }
}

export async function status(given: Given): Promise<Said> {
  const credentials = load(given.base)
  if (credentials === undefined) {
    return { data: { signedIn: false, base: given.base }, text: table([['authority', given.base], ['signed in', 'no']]) }
  }
  const answer = credentials.kind === 'agent' ? await checkAgent(door(given), credentials.apiKey) : await checkLogin(door(given), credentials.sessionToken)
  const state = answer.ok ? 'yes' : answer.unavailable ? `not known: ${answer.error}` : 'no: the session has ended, sign in again'
  return {
    data: { signedIn: answer.ok ? true : answer.unavailable ? null : false, base: given.base, as: credentials.kind },
    text: table([['authority', given.base], ['signed in', state], ['as', credentials.kind === 'agent' ? 'an agent' : 'a person']]),
  }
}

export async function code(given: Given): Promise<Said> {
  const target = given.text('target') ?? given.words[0]
  if (given.text('target') !== undefined && given.words.length > 0) throw new Stop(Exit.usage, 'for which platform: one is enough')
  if (target === undefined || target.trim() === '') throw new Stop(Exit.usage, 'for which platform? `countersign code <platform>`')
  const credentials = signedIn(given)
  if (credentials.kind === 'agent') {
    throw new Stop(Exit.refused, 'codes are given by people, and an agent is signed in here: `countersign login --browser`')
  }
  const { ok: _, ...made } = good(await generateCode(door(given), credentials.sessionToken, target))
  return { data: made, text: made.code }
}

/** Text that is given as it is, as `-` on standard input, or as `@file`. */
function read(word: string | undefined, what: string): string {
  if (word === undefined) throw new Stop(Exit.usage, `${what} is missing`)
  try {
    if (word === '-') return readFileSync(0, 'utf8').trim()
    if (word.startsWith('@')) return readFileSync(word.slice(1), 'utf8').trim()
  } catch (error) {
    throw new Stop(Exit.usage, `${word} cannot be read: ${(error as Error).message}`)
  }
  return word
}

function keysFrom(file: string): KeySet {
  const text = read(`@${file}`, 'the key set')
  try {
    return /"keys"\s*:/.test(text) ? importJwks(text) : importJwk(text)
  } catch (error) {
    if (!(error instanceof KeyError)) throw error
    throw new Stop(Exit.usage, `${file}: ${error.message}`, { code: error.code })
  }
}

const isUrl = (place: string) => /^https?:\/\//.test(place)

function tolerance(given: Given): number {
  const text = given.text('clock-tolerance') ?? '0'
  if (!/^\d{1,3}$/.test(text) || Number(text) > 600) throw new Stop(Exit.usage, '--clock-tolerance is 0 to 600 seconds')
  return Number(text)
}

/** A check that is asked for and cannot be made is not left out. */
function without(given: Given, options: readonly string[], what: string): void {
  const found = given.options.find((option) => options.includes(option))
  if (found !== undefined) throw new Stop(Exit.usage, `--${found} is nothing that ${what} is checked for`)
}

/** A refusal; or wrong usage, where it is not the token's or the code's fault. */
function refusal({ code, message, blame }: Refused): Stop {
  return new Stop(blame === 'caller' ? Exit.usage : Exit.refused, `${code}: ${message}`, { code })
}

/** The keys at a place: a file or an address; by default those of the authority. */
async function keysAt(given: Given): Promise<KeySet> {
  const place = given.text('jwks') ?? `${given.base}/.well-known/jwks.json`
  if (!isUrl(place)) return keysFrom(place)
  const verifier = await createVerifier({ jwksUri: place, allow: { anyIssuer: true, anyAudience: true } })
  return verifier.keys!
}

export async function verify(given: Given): Promise<Said> {
  const given_ = read(given.words[0], 'a token or a code')
  try {
    return given_.startsWith('anx:') ? await verifyOneTimeCode(given, given_) : await verifyToken(given, given_)
  } catch (error) {
    if (error instanceof KeysUnavailable) throw new Stop(Exit.unavailable, error.message, { code: error.code })
    throw error
  }
}

async function verifyToken(given: Given, token: string): Promise<Said> {
  without(given, forCodes, 'a token')
  const [issuer, typ, jwks] = [given.text('issuer'), given.text('typ'), given.text('jwks')]
  const audience = given.texts('audience')
  const expect: VerifyOptions = {
    ...(issuer !== undefined && { issuer }),
    ...(audience.length > 0 && { audience }),
    ...(typ !== undefined && { typ }),
    requiredScopes: given.texts('scope'),
    requiredClaims: given.texts('claim'),
    clockTolerance: tolerance(given),
    allow: { anyIssuer: given.flag('any-issuer'), anyAudience: given.flag('any-audience'), untyped: given.flag('untyped') },
  }
  const verdict =
    jwks === undefined && issuer !== undefined && isUrl(issuer)
      ? await (await createVerifier({ ...expect, issuer })).verify(token)
      : verifyJwt(token, await keysAt(given), expect)
  if (verdict.ok) {
    const { claims, header, kid } = verdict
    return { data: { claims, header, kid }, text: JSON.stringify(claims, undefined, 2) }
  }
  throw verdict.unavailable ? new Stop(Exit.unavailable, `${verdict.code}: ${verdict.message}`, { code: verdict.code }) : refusal(verdict)
}

async function verifyOneTimeCode(given: Given, code: string): Promise<Said> {
  without(given, forTokens, 'a code')
  const target = given.text('target')
  const redeems = given.flag('redeem')
  if (target === undefined && !redeems) throw new Stop(Exit.usage, 'for which platform is the code? --target <platform>, or --redeem')
  const apiKey = given.text('api-key') ?? process.env['COUNTERSIGN_API_KEY']
  const apiSecret = given.text('api-secret') ?? process.env['COUNTERSIGN_API_SECRET']
  if (redeems && apiKey === undefined) throw new Stop(Exit.usage, 'redeeming needs the platform\'s key: --api-key or COUNTERSIGN_API_KEY')

  const checked = target === undefined ? undefined : checkCode(code, await keysAt(given), { target, clockTolerance: tolerance(given) })
  if (checked?.ok === false) throw refusal(checked)
  if (apiKey !== undefined && redeems) {
    const { ok: _, ...who } = good(await verifyCode(door(given), code, { apiKey, ...(apiSecret !== undefined && { apiSecret }) }))
    return { data: who, text: table([['user', who.username], ['id', who.userId], ['name', who.name], ['permissions', who.permissions.join(' ')], ['from', who.geoLocation]]) }
  }
  const { ok: _, ...said } = checked!
  return { data: said, text: `Genuine, for ${said.target}, by ${said.user}, good until ${new Date(said.expiresAt * 1000).toISOString()}.\nWhether it was used already only the authority knows: --redeem asks it.` }
}

export async function decode(given: Given): Promise<Said> {
  const decoded = decodeUnverified(read(given.words[0], 'a token'))
  if (!decoded.ok) throw refusal(decoded)
  const { header, claims } = decoded
  note('NOT VERIFIED: anybody can have written this.')
  return { data: { verified: false, header, claims }, text: JSON.stringify({ header, claims }, undefined, 2) }
}

export async function keygen(given: Given): Promise<Said> {
  const alg = given.text('alg') ?? 'ES256'
  const pair =
    alg === 'ES256' ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
    : alg === 'RS256' ? generateKeyPairSync('rsa', { modulusLength: 3072 })
    : undefined
  if (pair === undefined) throw new Stop(Exit.usage, '--alg is ES256 or RS256')
  const publicJwk = pair.publicKey.export({ format: 'jwk' })
  const kid = given.text('kid') ?? importJwk(publicJwk as { kty: string }).keys[0]!.thumbprint
  const named = { kid, alg, use: 'sig' }
  const out = given.text('out') ?? `${kid}.private.jwk.json`
  try {
    const descriptor = openSync(out, 'wx', 0o600)
    writeSync(descriptor, `${JSON.stringify({ ...pair.privateKey.export({ format: 'jwk' }), ...named }, undefined, 2)}\n`)
    closeSync(descriptor)
  } catch (error) {
    throw new Stop(Exit.usage, `${out} cannot be written: ${(error as Error).message}`)
  }
  const jwks = { keys: [{ ...publicJwk, ...named }] }
  note(`The private key is in ${out}, readable by you alone. Publish this:`)
  return { data: { privateKey: out, kid, jwks }, text: JSON.stringify(jwks, undefined, 2) }
}

export async function logout(given: Given): Promise<Said> {
  const was = forget(given.base)
  const text = was ? 'Signed out on this machine. To end the session everywhere, end it on the dashboard.' : 'Nobody was signed in.'
  return { data: { wasSignedIn: was }, text }
}

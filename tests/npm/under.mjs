// The package under test: the installed tarball, and tokens to show it.

import { generateKeyPairSync, sign } from 'node:crypto'
import { createRequire } from 'node:module'
import path from 'node:path'
import { pathToFileURL } from 'node:url'

/** Where the tarball was installed: tests/npm/run.mjs says so. */
export const folder = process.env.COUNTERSIGN_INSTALLED
if (folder === undefined) throw new Error('run `node tests/npm/run.mjs`')

const require = createRequire(path.join(folder, 'x.cjs'))
export const dist = path.join(folder, 'node_modules/countersign/dist')
export const load = (name) => import(pathToFileURL(path.join(dist, 'node', `${name}.mjs`)))
export const loadCjs = (specifier) => require(specifier)

const encode = (value) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')

/** A key pair, and the public key as it is published. */
export function keyPair(kid, alg = 'ES256') {
  const pair = alg === 'ES256' ? generateKeyPairSync('ec', { namedCurve: 'P-256' }) : generateKeyPairSync('rsa', { modulusLength: 2048 })
  return { kid, alg, privateKey: pair.privateKey, jwk: { ...pair.publicKey.export({ format: 'jwk' }), kid, alg, use: 'sig' } }
}

export const now = () => Math.floor(Date.now() / 1000)

/** What {@link token} says where nothing else is asked for. */
export const ISSUER = 'https://issuer.example'
export const AUDIENCE = 'https://api.example'
export const expect = { issuer: ISSUER, audience: AUDIENCE }

/** A header and claims, each an object or its text, and the signature over them. */
export function signed(key, header, claims) {
  const input = `${encode(header)}.${encode(claims)}`
  return `${input}.${sign('sha256', Buffer.from(input), { key: key.privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`
}

/** A signed token. */
export function token(key, claims = {}, header = {}) {
  const said = { iss: ISSUER, aud: AUDIENCE, sub: 'user-1', iat: now(), exp: now() + 300, ...claims }
  return signed(key, { alg: key.alg, typ: 'JWT', kid: key.kid, ...header }, said)
}

/** The same token with one bit of its signature changed, still canonical base64url. */
export function forge(token) {
  const [header, claims, signature] = token.split('.')
  const bytes = Buffer.from(signature, 'base64url')
  bytes[10] ^= 1
  return `${header}.${claims}.${bytes.toString('base64url')}`
}

/** The order of P-256 (SEC 2 section 2.4.2). */
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n

/** A one-time code as the authority issues it: with the smaller of the two s. */
export async function oneTimeCode(key, target, issuedAt = now()) {
  const { importJwk } = await load('index')
  const [{ thumbprint }] = importJwk(key.jwk).keys
  const text = `anx://${target}/user_0123456789abcdef?exp=3600&ts=${issuedAt}&n=${Buffer.alloc(16, 7).toString('base64url')}&k=${thumbprint.slice(0, 8)}`
  const signature = sign('sha256', Buffer.from(text), { key: key.privateKey, dsaEncoding: 'ieee-p1363' })
  const s = BigInt(`0x${signature.toString('hex', 32)}`)
  const low = (s > ORDER / 2n ? ORDER - s : s).toString(16).padStart(64, '0')
  return `${text}&sig=${Buffer.from(signature.toString('hex', 0, 32) + low, 'hex').toString('base64url')}`
}

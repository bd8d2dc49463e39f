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

/** A signed token. */
export function token(key, claims = {}, header = {}) {
  const said = { iss: ISSUER, aud: AUDIENCE, sub: 'user-1', iat: now(), exp: now() + 300, ...claims }
  const signed = `${encode({ alg: key.alg, typ: 'JWT', kid: key.kid, ...header })}.${encode(said)}`
  return `${signed}.${sign('sha256', Buffer.from(signed), { key: key.privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`
}

/** The same token with one bit of its signature changed, still canonical base64url. */
export function forge(token) {
  const [header, claims, signature] = token.split('.')
  const bytes = Buffer.from(signature, 'base64url')
  bytes[10] ^= 1
  return `${header}.${claims}.${bytes.toString('base64url')}`
}

// Tokens as an issuer makes them: 256 of each algorithm, nine claims, none of them alike.

import { generateKeyPairSync, sign } from 'node:crypto'

const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url')

export const issuer = 'https://auth.example.com/'
export const audience = 'https://api.example.com/'

function make(alg, count) {
  const pair = alg === 'ES256' ? generateKeyPairSync('ec', { namedCurve: 'P-256' }) : generateKeyPairSync('rsa', { modulusLength: 2048 })
  const kid = `${alg.toLowerCase()}-2026-11`
  const now = Math.floor(Date.now() / 1000)
  const tokens = Array.from({ length: count }, (_, i) => {
    const claims = {
      iss: issuer, sub: `user_${(i * 7919).toString(16).padStart(16, '0')}`, aud: [audience, 'https://other.example.com/'],
      exp: now + 86_400, iat: now, jti: `9f1c2d3e-4b5a-6978-8796-${String(i).padStart(12, '0')}`,
      scope: 'calendar:read calendar:write email:send files:read profile', azp: 'agent_01HZX5Q4R8', delegation_depth: i % 4,
    }
    const signed = `${encode({ alg, typ: 'JWT', kid })}.${encode(claims)}`
    return `${signed}.${sign('sha256', Buffer.from(signed), { key: pair.privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`
  })
  return { alg, tokens, jwk: { ...pair.publicKey.export({ format: 'jwk' }), kid, alg, use: 'sig' } }
}

export const given = (count = 256) => ({ issuer, audience, ES256: make('ES256', count), RS256: make('RS256', count) })

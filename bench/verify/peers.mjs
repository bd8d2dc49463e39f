// `make corpus-peers`: how other verifiers fare on the corpus of forged tokens. Each is set up
// as its own documentation says for the same expectations (issuer, audience, algorithms, the
// time, the clock tolerance), with a key set where it takes one and the key of the token's
// `kid` where it does not. Cases that ask for what only some libraries offer (kinds, scopes,
// required claims, leniencies) are left out.
//
// Not everything that a library accepts here is a hole of that library: the profile is
// stricter than the standards on purpose. The last lines say what kind of thing was accepted.

import { execFileSync } from 'node:child_process'
import crypto from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import path from 'node:path'
import * as countersign from '../../pkg/dist/node/index.mjs'
import { haveRivals } from '../rivals.mjs'

const root = path.resolve(import.meta.dirname, '../..')
if (!haveRivals()) throw new Error('the other verifiers cannot be installed')
const jose = await import('jose')
const require = createRequire(import.meta.url)
const jsonwebtoken = require('jsonwebtoken')
const fastJwt = require('fast-jwt')

const corpus = JSON.parse(readFileSync(path.join(root, 'tests/vectors/corpus.json'), 'utf8'))
const common = new Set(['issuer', 'audiences', 'now', 'clock_tolerance', 'typ'])
const cases = corpus.cases.filter(({ operation, expect, input, code }) =>
  operation === 'jwt' && typeof input === 'string' && Object.keys(expect).every((name) => common.has(name)) &&
  expect.issuer && expect.audiences?.length > 0 && expect.audiences.length < 10 && expect.typ === 'JWT' && !code.startsWith('expected_'))

const sets = Object.fromEntries(Object.entries(corpus.keys).map(([name, text]) => [name, JSON.parse(text)]))
const algorithms = ['ES256', 'RS256']

/** What a program that has several keys does by hand: look the key up by the token's `kid`. */
function keyOf(token, { keys }) {
  const kid = JSON.parse(Buffer.from(token.split('.')[0], 'base64url')).kid
  const jwk = kid === undefined && keys.length === 1 ? keys[0] : keys.find((key) => key.kid === kid)
  if (jwk === undefined) throw new Error('no key')
  return crypto.createPublicKey({ key: jwk, format: 'jwk' })
}

const peers = {
  countersign: ({ input, keys, expect }) => {
    const { issuer, audiences: audience, now, clock_tolerance: clockTolerance } = expect
    const verdict = countersign.verifyJwt(input, countersign.importJwks(sets[keys]), { issuer, audience, now, ...(clockTolerance && { clockTolerance }) })
    if (!verdict.ok) throw new Error(verdict.code)
  },
  jose: ({ input, keys, expect }) =>
    jose.jwtVerify(input, jose.createLocalJWKSet(sets[keys]), {
      issuer: expect.issuer, audience: expect.audiences, algorithms, currentDate: new Date(expect.now * 1000), clockTolerance: expect.clock_tolerance ?? 0, typ: 'JWT', requiredClaims: ['exp'],
    }),
  jsonwebtoken: ({ input, keys, expect }) =>
    jsonwebtoken.verify(input, keyOf(input, sets[keys]), {
      issuer: expect.issuer, audience: expect.audiences, algorithms, clockTimestamp: expect.now, clockTolerance: expect.clock_tolerance ?? 0,
    }),
  'fast-jwt': ({ input, keys, expect }) =>
    fastJwt.createVerifier({
      key: keyOf(input, sets[keys]).export({ type: 'spki', format: 'pem' }), algorithms, cache: false,
      allowedIss: expect.issuer, allowedAud: expect.audiences, clockTimestamp: expect.now * 1000, clockTolerance: (expect.clock_tolerance ?? 0) * 1000,
      requiredClaims: ['exp', 'iss', 'aud'], checkTyp: 'JWT',
    })(input),
}

/** PyJWT, where Python has it or can make an environment for it. */
function pyjwt() {
  const folder = mkdtempSync(path.join(tmpdir(), 'peers-'))
  try {
    const python = ['python3', path.join(root, '.venv/bin/python')].find((binary) => {
      try {
        execFileSync(binary, ['-c', 'import jwt, cryptography; jwt.PyJWK'], { stdio: 'ignore' })
        return true
      } catch {
        return false
      }
    }) ?? environment(folder)
    const file = path.join(folder, 'cases.json')
    writeFileSync(file, JSON.stringify(cases.map(({ input, keys, expect }) => ({ input, keys: sets[keys], expect }))))
    return JSON.parse(execFileSync(python, [path.join(import.meta.dirname, 'peers.py'), file], { encoding: 'utf8', maxBuffer: 1 << 26 }))
  } catch {
    return undefined
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function environment(folder) {
  const venv = path.join(folder, 'venv')
  execFileSync('python3', ['-m', 'venv', venv], { stdio: 'ignore' })
  execFileSync(path.join(venv, 'bin/pip'), ['install', '--quiet', 'PyJWT[crypto]==2.10.1'], { stdio: 'ignore' })
  return path.join(venv, 'bin/python')
}

const found = {}
for (const [name, verify] of Object.entries(peers)) {
  found[name] = []
  for (const one of cases) {
    try {
      await verify(one)
      found[name].push(true)
    } catch {
      found[name].push(false)
    }
  }
}
const python = pyjwt()
if (python !== undefined) found.PyJWT = python

const good = cases.filter(({ code }) => code === 'valid').length
process.stdout.write(`${cases.length} tokens: ${good} good, ${cases.length - good} to be refused\n\n`)
process.stdout.write(`${''.padEnd(14)} ${'good accepted'.padStart(14)} ${'bad accepted'.padStart(14)}\n`)
for (const [name, accepted] of Object.entries(found)) {
  const count = (valid) => cases.filter(({ code }, i) => (code === 'valid') === valid && accepted[i]).length
  process.stdout.write(`${name.padEnd(14)} ${`${count(true)} of ${good}`.padStart(14)} ${`${count(false)} of ${cases.length - good}`.padStart(14)}\n`)
}
if (python === undefined) process.stdout.write('PyJWT is not installed and could not be\n')

process.stdout.write('\nWhat was accepted, by the code that it should have got:\n')
for (const [name, accepted] of Object.entries(found)) {
  const codes = new Map()
  cases.forEach(({ code }, i) => {
    if (code !== 'valid' && accepted[i]) codes.set(code, (codes.get(code) ?? 0) + 1)
  })
  const list = [...codes].toSorted((a, b) => b[1] - a[1]).map(([code, count]) => `${code} ${count}`).join(', ')
  process.stdout.write(`${name.padEnd(14)} ${list || 'nothing'}\n`)
}
if (cases.some(({ code }, i) => found.countersign[i] !== (code === 'valid'))) process.exitCode = 1

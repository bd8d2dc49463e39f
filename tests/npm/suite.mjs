// One set of vectors, in any runtime: what the package says of each. No runtime's own APIs
// are used here, so that the same file runs in all of them.

const hex = (text) => Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16))
const base64url = (text) => Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (c) => c.charCodeAt(0))
const same = (a, b) => a.length === b.length && a.every((byte, i) => byte === b[i])

/** A result as one word. */
function word(run) {
  try {
    const result = run()
    return result.ok === false ? result.code : 'valid'
  } catch (error) {
    return error.code ?? `threw ${error.name}`
  }
}

/** An option that is not there is not said. */
const said = (members) => Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined))

const camel = (members = {}) =>
  Object.fromEntries(Object.entries(members).map(([name, value]) => [name.replace(/_(.)/g, (_, c) => c.toUpperCase()), value]))

function corpusCase({ main, code }, sets, test) {
  const { operation, expect } = test
  const input = test.input_base64url === undefined ? test.input + ' '.repeat(test.pad ?? 0) : base64url(test.input_base64url)
  const payload = test.payload === undefined ? undefined : base64url(test.payload)
  const keys = sets[test.keys]
  switch (operation) {
    case 'jwt':
      return word(() =>
        main.verifyJwt(input, keys, said({
          issuer: expect.issuer, audience: expect.audiences, typ: expect.typ, now: expect.now,
          clockTolerance: expect.clock_tolerance, maxTokenAge: expect.max_token_age ?? undefined,
          requiredClaims: expect.required_claims, requiredScopes: expect.required_scopes,
          allow: expect.leniency && camel(expect.leniency),
        })))
    case 'jws':
      return word(() => main.verifyJws(input, keys, said({ typ: expect.typ })))
    case 'detached':
      return word(() => main.verifyDetached(input, payload, keys, said({ typ: expect.typ })))
    case 'der':
      return word(() => main.verifyEcdsaDer(typeof input === 'string' ? new TextEncoder().encode(input) : input, payload, keys, keys.keys[0].kid))
    case 'keys':
      return word(() => main.importJwks(input))
    case 'key':
      return word(() => main.importJwk(input))
    case 'code':
      return word(() => code.checkCode(input, keys, said({ target: expect.target, now: expect.now, clockTolerance: expect.clock_tolerance })))
    default:
      throw new Error(`operation ${operation}`)
  }
}

function wycheproofCase({ main, hmac }, { kind, jwk }, test, keys) {
  switch (kind) {
    case 'mac':
      return same(hmac.hmacSha256(hex(test.key), hex(test.msg)).subarray(0, test.tag.length / 2), hex(test.tag)) ? 'valid' : 'invalid'
    case 'der':
      return word(() => main.verifyEcdsaDer(hex(test.sig), hex(test.msg), keys))
    default:
      return word(() => main.verifySignature(hex(test.sig), hex(test.msg), keys))
  }
}

/** Every vector's name and what the package says of it. */
export function verdicts(api, { corpus, wycheproof, rfc }) {
  const found = {}
  const sets = Object.fromEntries(Object.entries(corpus.keys).map(([name, jwks]) => [name, api.main.importJwks(jwks)]))
  for (const test of corpus.cases) found[`corpus: ${test.name}`] = corpusCase(api, sets, test)
  for (const { file, groups } of wycheproof) {
    for (const group of groups) {
      let keys
      const imported = group.jwk && word(() => (keys = api.main.importJwk(group.jwk)))
      for (const test of group.tests) {
        found[`${file}: ${test.tcId}`] = imported && imported !== 'valid' ? imported : wycheproofCase(api, group, test, keys)
      }
    }
  }
  for (const { name, jwk, jws, expected } of rfc.jws) {
    found[name] = word(() => {
      const verdict = api.main.verifyJws(jws, api.main.importJwk(jwk))
      if (verdict.ok && expected && new TextDecoder().decode(verdict.payload) !== expected) throw new Error('another payload')
      return verdict
    })
  }
  for (const { name, verifier, challenge } of rfc.pkce) {
    found[name] = api.pkce.challenge(verifier) === challenge && api.pkce.verify(verifier, challenge) ? 'valid' : 'invalid'
  }
  for (const { name, key, message, code } of rfc.hmac) {
    found[name] = same(api.hmac.hmacSha256(hex(key), hex(message)), hex(code)) ? 'valid' : 'invalid'
  }
  return { build: api.main.build(), verdicts: found }
}

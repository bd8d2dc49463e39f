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

/** A verifier that fetches, given one list: what it answers at the time of the question. */
async function online({ grants }, { token, list, uri, expect }, jwks) {
  const answers = { [`${expect.issuer}/.well-known/jwks.json`]: jwks, [uri]: list }
  const verifier = await grants.createGrantVerifier({
    issuer: expect.issuer, onUnknown: 'refuse', clock: () => expect.now,
    fetch: async (address) => new Response(answers[address] ?? null, { status: address in answers ? 200 : 404 }),
  })
  const answer = await verifier.verify(token)
  return answer.ok ? answer.revocation : answer.code
}

/** The place of the break, or the head, goes with the word. */
function trailWord({ audit }, entries, start) {
  return word(() => {
    const { valid, reason, brokenAt, head } = audit.verifyAuditChain(entries, { start: /^[0-9a-f]{64}$/.test(start) ? { after: start } : start })
    return { ok: false, code: valid ? `valid${head === undefined ? '' : ` to ${head}`}` : `${reason}${brokenAt === undefined ? '' : ` at ${brokenAt}`}` }
  })
}

/** As text, which is read more strictly; and parsed, where that is no longer to be seen. */
function trail(api, { text, start }) {
  const strict = trailWord(api, text, start)
  if (/^(json|no_entries)/.test(strict)) return strict
  const parsed = trailWord(api, JSON.parse(text), start)
  return parsed === strict ? strict : `${strict} as text, ${parsed} parsed`
}

function grantCase(api, test, keys) {
  const { grants } = api
  const { operation, token, tokens, uri, expect = {} } = test
  const options = said({
    issuer: expect.issuer, audience: expect.audiences, developer: expect.developers, requiredScopes: expect.required_scopes,
    now: expect.now, clockTolerance: expect.clock_tolerance, untyped: expect.untyped,
  })
  const listOf = (text, at) => grants.verifyStatusList(text, keys, said({ issuer: expect.issuer, uri, now: at }))
  switch (operation) {
    case 'grant':
      return word(() => grants.verifyGrantToken(token, keys, options))
    case 'chain':
      return word(() => grants.verifyDelegationChain(tokens, keys, options))
    case 'list':
      return word(() => listOf(token, expect.now))
    case 'revocation':
      return word(() => {
        const [{ claims }, { list }] = [grants.verifyGrantToken(token, keys, options), listOf(test.list, test.fetched_at)]
        return { ok: false, code: grants.revocationOf(claims, list, expect.now) }
      })
    case 'audit':
      return trail(api, test)
    default:
      throw new Error(`operation ${operation}`)
  }
}

/** Every vector's name and what the package says of it: the first time, when a process starts
 *  with the smaller build, and once more by the build that it has come to by then. */
export async function verdicts(api, vectors) {
  const [first, found] = [await judged(api, vectors), await judged(api, vectors)]
  for (const name in found) if (found[name] !== first[name]) found[name] = `${first[name]}, then ${found[name]}`
  return { build: api.main.build(), verdicts: found }
}

async function judged(api, { corpus, grants, wycheproof, rfc }) {
  const found = {}
  const sets = Object.fromEntries(Object.entries(corpus.keys).map(([name, jwks]) => [name, api.main.importJwks(jwks)]))
  for (const test of corpus.cases) found[`corpus: ${test.name}`] = corpusCase(api, sets, test)
  const grantKeys = api.main.importJwks(grants.keys)
  for (const test of grants.cases) {
    found[`grants: ${test.name}`] = grantCase(api, test, grantKeys)
    if (test.online !== undefined) found[`grants: ${test.name}, online`] = await online(api, test, grants.keys)
  }
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
  return found
}

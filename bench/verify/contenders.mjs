// Who verifies: a fresh string of a token in, checked claims out, each as its own
// documentation says it is fastest. iss, aud, exp and alg are checked by all but the last two,
// which only verify the signature.

/** Makes this runtime one that knows no fused multiply-adds, for the other build's figures. To
 *  be called before anything is verified. */
export function withoutFused() {
  WebAssembly.validate = () => false
}

/** Contenders that every runtime has. `fresh` makes a string that was never seen before. */
export async function everywhere({ given, countersign, pkce, jose, fresh }) {
  const { issuer, audience } = given
  const list = []
  const ok = (verdict) => {
    if (!verdict.ok) throw new Error(verdict.code)
    return verdict.claims
  }
  for (const alg of ['ES256', 'RS256']) {
    const { tokens, jwk } = given[alg]
    const strings = fresh(tokens)
    const next = (i) => strings(i % tokens.length)
    const group = alg
    const keys = countersign.importJwks({ keys: [jwk] })
    list.push({ group, name: 'countersign', sync: true, run: (i) => ok(countersign.verifyJwt(next(i), keys, { issuer, audience })) })

    const joseKey = await jose.importJWK(jwk, alg)
    list.push({ group, name: 'jose', run: (i) => jose.jwtVerify(next(i), joseKey, { issuer, audience, algorithms: [alg] }) })

    const parameters = alg === 'ES256' ? { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } : { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }
    const webKey = await crypto.subtle.importKey('jwk', jwk, parameters, false, ['verify'])
    const parts = tokens.map((token) => {
      const at = token.lastIndexOf('.')
      const bytes = Uint8Array.from(atob(token.slice(at + 1).replace(/-/g, '+').replace(/_/g, '/')), (c) => c.charCodeAt(0))
      return [bytes, new TextEncoder().encode(token.slice(0, at))]
    })
    list.push({
      group, name: 'WebCrypto, signature alone',
      run: async (i) => {
        const [signature, signed] = parts[i % parts.length]
        if (!(await crypto.subtle.verify(parameters, webKey, signature, signed))) throw new Error('WebCrypto')
      },
    })
  }
  const hot = given.ES256.tokens.slice(0, 100)
  const hotStrings = fresh(hot)
  const cached = new countersign.CachedVerifier(countersign.importJwks({ keys: [given.ES256.jwk] }), { issuer, audience })
  list.push({ group: 'cache hit', name: 'countersign', sync: true, run: (i) => ok(cached.verify(hotStrings(i % 100))) })

  const verifiers = fresh(Array.from({ length: 256 }, (_, i) => `dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWF${String(i).padStart(5, '0')}`))
  list.push({ group: 'PKCE S256', name: 'countersign', sync: true, run: (i) => pkce.challenge(verifiers(i % 256)) })
  const encoder = new TextEncoder()
  list.push({
    group: 'PKCE S256', name: 'WebCrypto',
    run: async (i) => {
      const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', encoder.encode(verifiers(i % 256))))
      return btoa(String.fromCharCode(...digest)).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '')
    },
  })
  return list
}

/** Those that stand on Node.js. */
export function onNode({ given, fresh, jsonwebtoken, fastJwt, crypto }) {
  const { issuer, audience } = given
  const list = []
  for (const alg of ['ES256', 'RS256']) {
    const { tokens, jwk } = given[alg]
    const strings = fresh(tokens)
    const next = (i) => strings(i % tokens.length)
    const key = crypto.createPublicKey({ key: jwk, format: 'jwk' })
    const group = alg
    list.push({ group, name: 'jsonwebtoken', sync: true, run: (i) => jsonwebtoken.verify(next(i), key, { issuer, audience, algorithms: [alg] }) })
    const options = { key: key.export({ type: 'spki', format: 'pem' }), algorithms: [alg], allowedIss: issuer, allowedAud: audience }
    const plain = fastJwt.createVerifier({ ...options, cache: false })
    list.push({ group, name: 'fast-jwt', sync: true, run: (i) => plain(next(i)) })
    if (alg === 'ES256') {
      const cached = fastJwt.createVerifier({ ...options, cache: 1000 })
      const hot = fresh(tokens.slice(0, 100))
      list.push({ group: 'cache hit', name: 'fast-jwt', sync: true, run: (i) => cached(hot(i % 100)) })
    }
    const parts = tokens.map((token) => {
      const at = token.lastIndexOf('.')
      return [Buffer.from(token.slice(0, at)), Buffer.from(token.slice(at + 1), 'base64url')]
    })
    list.push({
      group, name: 'node:crypto, signature alone', sync: true,
      run: (i) => {
        const [signed, signature] = parts[i % parts.length]
        if (!crypto.verify('sha256', signed, { key, dsaEncoding: 'ieee-p1363' }, signature)) throw new Error('node:crypto')
      },
    })
  }
  return list
}

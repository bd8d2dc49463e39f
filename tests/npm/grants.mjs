// Grants to show to the package: tokens, chains, status lists, and an issuer that serves them.

import { createServer } from 'node:http'
import { once } from 'node:events'
import { deflateSync } from 'node:zlib'
import { forge, keyPair, now, token } from './under.mjs'

export { forge, keyPair, now }

export const GRANTEX = 'https://auth.example/grantex'
export const LIST = `${GRANTEX}/status/acc/0`
export const key = keyPair('grantex-1', 'RS256')

/** A grant token; members that are undefined are left out. */
export const grant = (claims = {}, header = {}, signer = key) => {
  const said = {
    iss: GRANTEX, sub: 'usr_1', agt: 'did:grantex:ag_1', dev: 'dev_1', scp: ['calendar:read', 'email:send'], grnt: 'grnt_1', jti: 'tok_1',
    aud: undefined, ...claims,
  }
  return token(signer, { scope: said.scp?.join?.(' '), ...said }, { typ: 'at+jwt', ...header })
}

/** A grant delegated from another: the parent's number plus one is its own. */
export const delegated = (depth, claims = {}) =>
  grant({
    agt: `did:grantex:ag_${depth + 1}`, grnt: `grnt_${depth + 1}`, jti: `tok_${depth + 1}`,
    parentAgt: `did:grantex:ag_${depth}`, parentGrnt: `grnt_${depth}`, delegationDepth: depth, ...claims,
  })

/** The member `status_list` of a list of one bit each, with these places revoked. */
export function bits(revoked, capacity = 1024) {
  const bytes = Buffer.alloc(capacity / 8)
  for (const index of revoked) bytes[index >> 3] |= 1 << (index & 7)
  return { bits: 1, lst: deflateSync(bytes, { level: 9 }).toString('base64url') }
}

/** A status list token. */
export const statusList = ({ uri = LIST, revoked = [], issuer = GRANTEX, ...claims } = {}, header = {}, signer = key) =>
  token(signer, { iss: issuer, sub: uri, aud: undefined, exp: undefined, ttl: 45, status_list: bits(revoked), ...claims }, { typ: 'statuslist+jwt', ...header })

/** A server of one handler, on a port of its own. */
export async function serve(handler) {
  const server = createServer(handler)
  server.listen(0, '127.0.0.1')
  // A test that fails leaves it behind, and the process must end all the same.
  server.unref()
  await once(server, 'listening')
  return {
    origin: `http://127.0.0.1:${server.address().port}`,
    close: () => new Promise((resolve) => {
      server.closeAllConnections()
      server.close(resolve)
    }),
  }
}

/** Pages of other origins may read keys and lists. */
const anyone = { 'access-control-allow-origin': '*' }

/** An issuer: publishes its keys and one list, counts who asks, and fails on demand. */
export async function issuer() {
  const state = { keys: [key], revoked: [], requests: { jwks: 0, list: 0 }, fails: {}, listHeaders: {}, list: undefined }
  const { origin, close } = await serve((request, response) => {
    const what = request.url.endsWith('/jwks.json') ? 'jwks' : 'list'
    state.requests[what]++
    const fails = state.fails[what]
    if (fails === 'silent') return
    if (fails) return response.writeHead(fails).end()
    if (what === 'jwks') return response.writeHead(200, { 'content-type': 'application/json', ...anyone }).end(JSON.stringify({ keys: state.keys.map((key) => key.jwk) }))
    response.writeHead(200, { 'content-type': 'application/statuslist+jwt', ...anyone, ...state.listHeaders })
    response.end(state.list?.() ?? statusList({ uri: state.uri, issuer: state.issuer, revoked: state.revoked, iat: state.now?.() ?? now() }, {}, state.keys[0]))
  })
  state.issuer = `${origin}/grantex`
  state.uri = `${origin}/grantex/status/acc/0`
  return Object.assign(state, {
    close,
    /** A token of this issuer at a place of its list. */
    grant: (index = 3, claims = {}, signer = state.keys[0]) =>
      grant({ iss: state.issuer, iat: state.now?.() ?? now(), ...(index !== null && { status: { status_list: { idx: index, uri: state.uri } } }), ...claims }, {}, signer),
  })
}

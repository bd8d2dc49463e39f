// A service worker that answers /events to grants only, with and without a network: the keys and
// the lists of the issuer are asked for while there is one, and remembered for when there is not.
import { importJwks } from 'countersign'
import { revocationOf, verifyGrantToken, verifyStatusList } from 'countersign/grants'

const issuer = new URL(location.href).searchParams.get('issuer') ?? 'http://localhost:8787/grantex'

/** What an address says, and since when that is known. */
async function remembered(url) {
  const cache = await caches.open('grants')
  const at = Math.floor(Date.now() / 1000)
  const response = await fetch(url).catch(() => undefined)
  if (response?.ok) {
    const text = await response.text()
    await cache.put(url, new Response(text, { headers: { 'asked-at': String(at) } }))
    return { text, at }
  }
  const kept = await cache.match(url)
  return kept && { text: await kept.text(), at: Number(kept.headers.get('asked-at')) }
}

async function events(request) {
  const token = request.headers.get('authorization')?.replace(/^Bearer /i, '') ?? ''
  const jwks = await remembered(`${issuer}/.well-known/jwks.json`)
  if (jwks === undefined) return new Response(null, { status: 503 })
  const keys = importJwks(jwks.text)
  const verdict = verifyGrantToken(token, keys, { issuer, requiredScopes: ['calendar:read'] })
  if (!verdict.ok) return Response.json({ error: verdict.code }, { status: verdict.code === 'scope_missing' ? 403 : 401 })
  const { status, principal, agent } = verdict.claims
  const list = status?.uri.startsWith(`${issuer}/status/`) ? await remembered(status.uri) : undefined
  const found = list && verifyStatusList(list.text, keys, { issuer, uri: status.uri, fetchedAt: list.at })
  // Offline, a list grows old: what is unknown is shown, and what was revoked is not.
  const revocation = found?.ok ? revocationOf(verdict.claims, found.list) : 'unknown'
  if (revocation === 'revoked') return Response.json({ error: 'token_revoked' }, { status: 401 })
  return Response.json({ events: [], of: principal, by: agent, revocation })
}

addEventListener('install', () => skipWaiting())
addEventListener('activate', (event) => event.waitUntil(clients.claim()))
addEventListener('fetch', (event) => {
  if (new URL(event.request.url).pathname === '/events') event.respondWith(events(event.request))
})

// An API that is a Cloudflare Worker. `env` is known with the first request only.
import { createGrantVerifier } from 'countersign/grants'
import { guardFetch } from 'countersign/guard'

let api
const listEvents = (request, grant) => Response.json({ events: [], of: grant.principal, by: grant.agent })

export default {
  fetch(request, env) {
    api ??= guardFetch(listEvents, {
      verifier: createGrantVerifier({
        issuer: env.ISSUER ?? 'http://localhost:8787/grantex', developer: env.DEVELOPER, onUnknown: 'refuse', lazy: true,
      }),
      scopes: ['calendar:read'],
    })
    return api(request)
  },
}

// An API behind Hono, for any runtime that Hono runs on.
import { createGrantVerifier } from 'countersign/grants'
import { guard } from 'countersign/hono'
import { Hono } from 'hono'

export function createApp(issuer, developer) {
  const verifier = createGrantVerifier({ issuer, developer, onUnknown: 'refuse', lazy: true })
  const app = new Hono()
  app.get('/events', guard({ verifier, scopes: ['calendar:read'] }), (c) => {
    const grant = c.get('grant')
    return c.json({ events: [], of: grant.principal, by: grant.agent })
  })
  return app
}

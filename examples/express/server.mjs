// An API behind Express.
import { createGrantVerifier } from 'countersign/grants'
import { guard } from 'countersign/express'
import express from 'express'

const { ISSUER = 'http://localhost:8787/grantex', DEVELOPER, PORT = '3000' } = process.env
const verifier = createGrantVerifier({ issuer: ISSUER, developer: DEVELOPER, onUnknown: 'refuse', lazy: true })

const app = express()
app.get('/events', guard({ verifier, scopes: ['calendar:read'], onRefused: ({ code }) => console.error(code) }), (request, response) => {
  response.json({ events: [], of: request.grant.principal, by: request.grant.agent })
})
const server = app.listen(Number(PORT), () => console.log(`http://localhost:${server.address().port}/events`))

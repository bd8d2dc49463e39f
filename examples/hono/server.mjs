import { createServer } from 'node:http'
import { createApp } from './app.mjs'

const { ISSUER = 'http://localhost:8787/grantex', DEVELOPER, PORT = '3000' } = process.env
const app = createApp(ISSUER, DEVELOPER)
const server = createServer(async (incoming, outgoing) => {
  const response = await app.fetch(new Request(`http://localhost${incoming.url}`, { method: incoming.method, headers: incoming.headers }))
  outgoing.writeHead(response.status, Object.fromEntries(response.headers)).end(await response.text())
}).listen(Number(PORT), () => console.log(`http://localhost:${server.address().port}/events`))

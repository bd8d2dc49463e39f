// The first verified token of a fresh process: prints milliseconds since before the import.
// Each rival is one bundled file, as a server would ship it.

const [, , file, given] = process.argv
const { readFileSync } = await import('node:fs')
const { token, jwk, issuer, audience } = JSON.parse(readFileSync(given, 'utf8'))
const start = performance.now()
const { first } = await import(file)
await first(token, jwk, issuer, audience)
console.log(performance.now() - start)

// The first verified token of a fresh process: prints the milliseconds of processor
// time that it took from before the import.
// Each rival is one bundled file, as a server would ship it.

const [, , file, given] = process.argv
const { readFileSync } = await import('node:fs')
const { token, jwk, issuer, audience } = JSON.parse(readFileSync(given, 'utf8'))
const spent = () => process.cpuUsage().user + process.cpuUsage().system
const start = spent()
const { first } = await import(file)
await first(token, jwk, issuer, audience)
console.log((spent() - start) / 1000)

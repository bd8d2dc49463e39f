// The first verified token of a fresh process: prints the milliseconds that it took from before
// the import, of the processor and of the clock.
// Each rival is one bundled file, as a server would ship it.

const [, , file, given] = process.argv
const { readFileSync } = await import('node:fs')
const { token, jwk, issuer, audience } = JSON.parse(readFileSync(given, 'utf8'))
const spent = () => process.cpuUsage().user + process.cpuUsage().system
const began = performance.now()
const start = spent()
const { first } = await import(file)
await first(token, jwk, issuer, audience)
const processor = (spent() - start) / 1000
console.log(JSON.stringify({ processor, clock: performance.now() - began }))

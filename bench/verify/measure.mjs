// All contenders in one process, in slices that take turns: whatever disturbs the machine
// disturbs all of them. Trust the ratios.
//
// What is counted is processor time, of all threads of the process, where the runtime tells
// it: WebCrypto works on threads of its own, and a neighbour's work must not count. A page is
// told no more than the time that passed.

const median = (numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1]

/** Microseconds. */
function spent() {
  if (globalThis.process === undefined) return 1000 * performance.now()
  const { user, system } = process.cpuUsage()
  return user + system
}

/** Microseconds per operation, for as long as a slice lasts. */
async function slice({ run, sync }, milliseconds, state) {
  const before = spent()
  const start = performance.now()
  let count = 0
  do {
    if (sync) for (let i = 0; i < 16; i++) run(state.next++)
    else for (let i = 0; i < 16; i++) await run(state.next++)
    count += 16
  } while (performance.now() - start < milliseconds)
  return (spent() - before) / count
}

/** Microseconds per operation of each contender: the median of its slices. */
export async function measure(contenders, { rounds = 7, milliseconds = 80 } = {}) {
  const states = contenders.map(() => ({ next: 0, found: [] }))
  for (let round = -1; round < rounds; round++) {
    const order = contenders.map((_, i) => i)
    if (round % 2 !== 0) order.reverse()
    for (const i of order) {
      const took = await slice(contenders[i], milliseconds, states[i])
      if (round >= 0) states[i].found.push(took)
    }
  }
  return contenders.map(({ name, group }, i) => ({ name, group, us: median(states[i].found) }))
}

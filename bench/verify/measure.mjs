// All contenders in one process, in slices that take turns: whatever disturbs the machine
// disturbs all of them. Trust the ratios.

const median = (numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1]

/** The time of day in milliseconds, where the runtime lets code see it pass. */
const clock = () => performance.now()

async function slice({ run, sync }, milliseconds, state) {
  const start = clock()
  let count = 0
  do {
    if (sync) for (let i = 0; i < 16; i++) run(state.next++)
    else for (let i = 0; i < 16; i++) await run(state.next++)
    count += 16
  } while (clock() - start < milliseconds)
  return ((clock() - start) * 1000) / count
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

/** The longest that a timer holds, in milliseconds. */
const LONGEST = 0x7fff_ffff

/** Whole milliseconds, and no more than a timer holds. */
const milliseconds = (seconds: number) => Math.min(Math.ceil(seconds * 1000), LONGEST)

/** A signal that aborts after so many seconds. */
export function deadline(seconds: number): AbortSignal {
  return AbortSignal.timeout(milliseconds(seconds))
}

/** A request that is sent once for all who wait for its answer. */
export class SharedRequest<T> {
  #request: Promise<T> | undefined

  get isUnderWay(): boolean {
    return this.#request !== undefined
  }

  begin(request: Promise<T>): void {
    this.#request = request
  }

  /** Waits for the request under way, if there is one. The first whose wait ends hands what came
   *  of it to `take`, or `undefined` where nothing did within so many seconds: in Workers a
   *  request that was begun for one visitor ends with them, and those who wait for it would do
   *  so for ever. */
  async wait(seconds: number, take: (answer: T | undefined) => void): Promise<void> {
    const request = this.#request
    if (request === undefined) return
    let answer
    let isFirst = false
    try {
      answer = await within(seconds, request)
    } finally {
      isFirst = this.#request === request
      if (isFirst) this.#request = undefined
    }
    if (isFirst) take(answer)
  }
}

async function within<T>(seconds: number, shared: Promise<T>): Promise<T | undefined> {
  let end = () => {}
  const late = new Promise<undefined>((resolve) => (end = () => resolve(undefined)))
  const timer = setTimeout(end, milliseconds(seconds))
  try {
    return await Promise.race([shared, late])
  } finally {
    clearTimeout(timer)
  }
}

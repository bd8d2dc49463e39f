/** The longest that a timer holds, in milliseconds. */
const LONGEST = 0x7fff_ffff

/** Whole milliseconds, and no more than a timer holds. */
const milliseconds = (seconds: number) => Math.min(Math.ceil(seconds * 1000), LONGEST)

/** A signal that aborts after so many seconds. */
export function deadline(seconds: number): AbortSignal {
  return AbortSignal.timeout(milliseconds(seconds))
}

/** What comes of something that others wait for as well, or `undefined` after so many seconds.
 *  In Workers a request that was begun for one visitor ends with them, and those who wait for it
 *  would do so for ever. */
export async function within<T>(seconds: number, shared: Promise<T>): Promise<T | undefined> {
  let end = () => {}
  const late = new Promise<undefined>((resolve) => (end = () => resolve(undefined)))
  const timer = setTimeout(end, milliseconds(seconds))
  try {
    return await Promise.race([shared, late])
  } finally {
    clearTimeout(timer)
  }
}

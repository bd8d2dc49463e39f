/** The longest that a timer holds, in milliseconds. */
const LONGEST = 0x7fff_ffff

/** A signal that aborts after so many seconds, also where they are no whole milliseconds or
 *  more than a timer holds. */
export function deadline(seconds: number): AbortSignal {
  return AbortSignal.timeout(Math.min(Math.ceil(seconds * 1000), LONGEST))
}

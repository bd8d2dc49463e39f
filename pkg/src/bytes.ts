/** Whether a value is a Uint8Array, also of another realm, as test runners and frames have. */
export function isBytes(value: unknown): value is Uint8Array {
  return Object.prototype.toString.call(value) === '[object Uint8Array]'
}

/** The text, where it is characters throughout. Half of a surrogate pair has no UTF-8: an encoder
 *  writes U+FFFD for it, which is another text.
 *
 *  @throws TypeError */
export function characters(text: string): string {
  if (/\p{Surrogate}/u.test(text)) throw new TypeError('text is valid Unicode')
  return text
}

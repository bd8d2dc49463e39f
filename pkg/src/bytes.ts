/** Whether a value is a Uint8Array, also of another realm, as test runners and frames have. */
export function isBytes(value: unknown): value is Uint8Array {
  return Object.prototype.toString.call(value) === '[object Uint8Array]'
}

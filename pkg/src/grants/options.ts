// Options that are misspelt would be checks that are not made.

/** @throws TypeError on a member of `options` that is not among `known`. */
export function only(options: object, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null) throw new TypeError('the options are an object')
  for (const name in options) {
    if (!known.includes(name)) throw new TypeError(`unknown option \`${name}\``)
  }
}

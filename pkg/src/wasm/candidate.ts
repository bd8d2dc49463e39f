/** A build of the verifier, and how to get at its module. */
export interface Candidate {
  readonly name: 'scalar' | 'fused'
  /** @internal */
  module(): WebAssembly.Module
}

// What pkg/build.mjs puts there: for workerd modules that it compiled, elsewhere text.

declare module '#wasm/hash' {
  export default function module(): WebAssembly.Module
}

declare module '#wasm/code' {
  export default function module(): WebAssembly.Module
}

declare module '#wasm/grants' {
  export default function module(): WebAssembly.Module
}

declare module '#wasm/trail' {
  export default function module(): WebAssembly.Module
}

declare module '#wasm/builds' {
  /** The builds that come with this artefact, the preferred one first. */
  export const candidates: readonly import('./candidate.js').Candidate[]
}

declare module '#wasm/fused' {
  export default function module(): WebAssembly.Module
}

// A small WebAssembly module: started at its first use, and replaced after a trap.

import { type Exports, Memory } from './memory.js'

/** An instance that runs. What the host keeps in it ends with it. */
export interface Instance<E extends Exports> {
  readonly exports: E
  readonly memory: Memory
  /** Ends it: the next call gets another. */
  retire(): void
}

export class Module<E extends Exports> {
  readonly #compile: () => WebAssembly.Module
  #current: Instance<E> | undefined

  constructor(compile: () => WebAssembly.Module) {
    this.#compile = compile
  }

  /** The instance that runs now. */
  get instance(): Instance<E> {
    if (this.#current === undefined) {
      const exports = new WebAssembly.Instance(this.#compile()).exports as unknown as E
      const retire = () => {
        if (this.#current === instance) this.#current = undefined
      }
      const instance = { exports, memory: new Memory(exports), retire }
      this.#current = instance
    }
    return this.#current
  }

  /** Ends a call: whatever `run` throws is a trap, after which nothing in the instance is to
   *  be relied on. */
  run(instance: Instance<E>, run: (exports: E) => number): number {
    let status
    try {
      status = run(instance.exports)
    } catch (error) {
      instance.retire()
      throw new Error('a WebAssembly module trapped; its instance is replaced', { cause: error })
    }
    return instance.memory.end(status)
  }
}

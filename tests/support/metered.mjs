// What a call costs, in instructions: import this before the package, and all WebAssembly that
// is compiled afterwards counts what it executes. No clock is asked, so that the count is the
// same on every machine and in every run.
//
// A function's code is cut wherever control may leave or enter it, and before each piece stands
// that the counter grows by what is in the piece. What moves many bytes at once (`memory.copy`,
// `memory.fill`) counts one more for every 16 of them.

/** An unsigned LEB128. */
function unsigned(value) {
  const bytes = []
  for (; value > 127; value >>>= 7) bytes.push((value & 127) | 128)
  return [...bytes, value]
}

/** A positive number as a signed LEB128: the top bit of the last seven is its sign. */
function signed(value) {
  const bytes = []
  for (; value > 63; value >>>= 7) bytes.push((value & 127) | 128)
  return [...bytes, value]
}

class Reader {
  constructor(bytes, at = 0) {
    this.bytes = bytes
    this.at = at
  }

  byte() {
    return this.bytes[this.at++]
  }

  /** An unsigned LEB128; what is signed is passed over alike. */
  number() {
    let [value, shift, byte] = [0, 0, 128]
    for (; byte & 128; shift += 7) value += ((byte = this.byte()) & 127) * 2 ** shift
    return value
  }

  list(read) {
    return Array.from({ length: this.number() }, () => read())
  }

  take(length) {
    return this.bytes.subarray(this.at, (this.at += length))
  }
}

const [BLOCK, LOOP, IF, ELSE, END, BR_IF] = [0x02, 0x03, 0x04, 0x05, 0x0b, 0x0d]
const CUTS = new Set([LOOP, IF, ELSE, END, BR_IF])
/** What names a value or a place and does nothing: `block`, `end`, `drop`, locals, constants. */
const FREE = new Set([0x01, BLOCK, LOOP, ELSE, END, 0x1a, 0x20, 0x21, 0x22, 0x41, 0x42, 0x43, 0x44])
const [BULK, SIMD] = [0xfc, 0xfd]
const [COPY, FILL] = [10, 11]

/** How many numbers stand behind an instruction that has any. */
const NUMBERS = new Map([
  [BLOCK, 1], [LOOP, 1], [IF, 1], [0x0c, 1], [BR_IF, 1], [0x10, 1], [0x11, 2],
  ...[0x20, 0x21, 0x22, 0x23, 0x24, 0x25, 0x26].map((variable) => [variable, 1]),
  ...Array.from({ length: 0x3f - 0x28 }, (_, i) => [0x28 + i, 2]), // loads and stores
  [0x3f, 1], [0x40, 1], [0x41, 1], [0x42, 1], [0xd0, 1], [0xd2, 1],
])
/** The same for those that begin with BULK. */
const BULK_NUMBERS = new Map([[8, 2], [9, 1], [COPY, 2], [FILL, 1], [12, 2], [13, 1], [14, 2], [15, 1], [16, 1], [17, 1]])

/** Passes over one instruction; tells its opcode and, of those with two, the second. */
function instruction(code) {
  const opcode = code.byte()
  const pass = (numbers) => { for (let i = 0; i < numbers; i++) code.number() }
  if (opcode === 0x0e) code.list(() => code.number()), code.number() // br_table
  else if (opcode === 0x1c) code.list(() => code.number()) // select, typed
  else if (opcode === 0x43) code.take(4)
  else if (opcode === 0x44) code.take(8)
  else if (opcode === BULK) {
    const second = code.number()
    pass(BULK_NUMBERS.get(second) ?? 0)
    return [opcode, second]
  } else if (opcode === SIMD) {
    const second = code.number()
    if (second <= 11 || second === 92 || second === 93) pass(2)
    else if (second <= 13) code.take(16)
    else if (second >= 21 && second <= 34) code.take(1)
    else if (second >= 84 && second <= 91) pass(2), code.take(1)
  } else pass(NUMBERS.get(opcode) ?? 0)
  return [opcode]
}

/** A function's body that counts on the global `counter`. */
function body(bytes, parameters, counter) {
  const code = new Reader(bytes)
  const locals = code.list(() => [code.number(), code.byte()])
  const spare = parameters + locals.reduce((sum, [count]) => sum + count, 0)
  const I32 = 0x7f
  const out = [...unsigned(locals.length + 1), ...locals.flatMap(([count, type]) => [...unsigned(count), type]), 1, I32]
  const [ADD, SHIFT, EXTEND] = [0x7c, 0x88, 0xad]
  const get = [0x23, ...unsigned(counter)]
  const set = [0x24, ...unsigned(counter)]
  const I64_CONST = 0x42
  while (code.at < bytes.length) {
    const piece = []
    for (let [work, last] = [0, false]; !last; ) {
      const from = code.at
      const [opcode, second] = instruction(code)
      if (!FREE.has(opcode)) work++
      if (opcode === BULK && (second === COPY || second === FILL)) {
        const [TEE, GET] = [0x22, 0x20].map((variable) => [variable, ...unsigned(spare)])
        piece.push(...TEE, ...get, ...GET, EXTEND, I64_CONST, 4, SHIFT, ADD, ...set)
      }
      for (let i = from; i < code.at; i++) piece.push(bytes[i])
      last = CUTS.has(opcode)
      if (last && work > 0) out.push(...get, I64_CONST, ...signed(work), ADD, ...set)
    }
    for (const byte of piece) out.push(byte)
  }
  return out
}

const [TYPES, IMPORTS, FUNCTIONS, GLOBALS, EXPORTS, CODE] = [1, 2, 3, 6, 7, 10]
const FUNCTION = 0
const NAME = 'instructions'

/** The module, with an export more: how many instructions it has executed. */
export function metered(module) {
  const reader = new Reader(module, 8)
  const out = [...module.subarray(0, 8)]
  let types, functions, counter
  while (reader.at < module.length) {
    const id = reader.byte()
    let section = reader.take(reader.number())
    const inner = new Reader(section)
    if (id === IMPORTS) {
      inner.list(() => {
        const [, , kind] = [inner.take(inner.number()), inner.take(inner.number()), inner.byte()]
        if (kind !== FUNCTION) throw new Error('indices of other imports than functions are not reckoned with')
        inner.number()
      })
    }
    if (id === TYPES) {
      types = inner.list(() => {
        inner.byte()
        const parameters = inner.list(() => inner.byte()).length
        inner.list(() => inner.byte())
        return parameters
      })
    } else if (id === FUNCTIONS) functions = inner.list(() => types[inner.number()])
    else if (id === GLOBALS) {
      counter = inner.number()
      const [I64, MUTABLE] = [0x7e, 1]
      section = [...unsigned(counter + 1), ...section.subarray(inner.at), I64, MUTABLE, 0x42, 0, END]
    } else if (id === EXPORTS) {
      const count = inner.number()
      section = [...unsigned(count + 1), ...section.subarray(inner.at), NAME.length, ...Buffer.from(NAME), 3, ...unsigned(counter)]
    } else if (id === CODE) {
      const bodies = inner.list(() => inner.take(inner.number()))
      section = [...unsigned(bodies.length)]
      for (const [index, bytes] of bodies.entries()) {
        const counting = body(bytes, functions[index], counter)
        section.push(...unsigned(counting.length))
        for (const byte of counting) section.push(byte)
      }
    }
    out.push(id, ...unsigned(section.length))
    for (const byte of section) out.push(byte)
  }
  return new Uint8Array(out)
}

const running = []
const { Module, Instance } = WebAssembly
WebAssembly.Module = class extends Module {
  constructor(bytes) {
    super(metered(new Uint8Array(bytes)))
  }
}
WebAssembly.Instance = class extends Instance {
  constructor(module, imports) {
    super(module, imports)
    running.push(this.exports[NAME])
  }
}
/** Not every machine has fused multiply-adds: all of them measure the build that runs on all. */
WebAssembly.validate = () => false

/** How many instructions have been executed since the start. */
export const instructions = () => running.reduce((sum, { value }) => sum + Number(value), 0)

/** How many instructions a call executes, whatever comes of it. */
export function cost(call) {
  const before = instructions()
  call()
  return instructions() - before
}

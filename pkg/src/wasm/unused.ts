// What an instance keeps for an object of JavaScript goes when that object does.

/** Calls what frees it. An instance that has trapped may trap again, and nobody would catch that. */
export const unused = new FinalizationRegistry<() => void>((free) => {
  try {
    free()
  } catch {}
})

// What an instance keeps for an object of JavaScript goes when that object does.

/** Has something called when an object is gone; workerd has none before the compatibility date
 *  2025-05-05. An instance that has trapped may trap again, and nobody would catch that. */
const registry = typeof FinalizationRegistry === 'undefined' ? undefined : new FinalizationRegistry<() => void>((free) => {
  try {
    free()
  } catch {}
})

/** How much an instance keeps where nobody says what is unused. Then it goes with all of it, and
 *  what is still in use is read again by the next. */
const MANY = 64
const kept = new WeakMap<object, number>()

/** Has `free` called when `object` is gone, unless what was `held` for it is released before. */
export function freeUnused(object: object, held: object, instance: { retire(): void }, free: () => void): void {
  if (registry !== undefined) return registry.register(object, free, held)
  const count = (kept.get(instance) ?? 0) + 1
  kept.set(instance, count)
  if (count === MANY) instance.retire()
}

/** What was `held` went with its instance. */
export function release(held: object): void {
  registry?.unregister(held)
}

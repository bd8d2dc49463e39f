// The Worker that a tool speaks to: the local one, on the PORT of `make run`, or any by its BASE.
export const BASE = (process.env.BASE ?? `http://localhost:${process.env.PORT ?? 8787}`).replace(/\/+$/, '');

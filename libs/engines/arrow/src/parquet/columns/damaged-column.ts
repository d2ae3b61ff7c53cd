/** The bytes of a column chunk make no sense. It crosses from the thread as its message. */
export class DamagedColumn extends Error {}

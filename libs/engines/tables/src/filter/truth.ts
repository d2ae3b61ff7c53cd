/** SQL's truth values, so ordered that `and` is the lesser and `or` the greater. */
export const isFalse = 0;
export const isUnknown = 1;
export const isTrue = 2;

/** Injection tokens of the ports and settings that front doors are built on. */
export const CATALOG = Symbol('Catalog');
export const SEARCH = Symbol('Search');
export const READER = Symbol('Reader');
export const IDENTITY = Symbol('Identity');
export const HTTP_OPTIONS = Symbol('HttpOptions');

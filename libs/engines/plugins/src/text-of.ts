/** What was thrown, as text: plug-ins may throw anything. */
export const textOf = (error: unknown): string => (error instanceof Error || (typeof error === 'object' && error !== null && 'message' in error) ? String((error as Error).message) : String(error));

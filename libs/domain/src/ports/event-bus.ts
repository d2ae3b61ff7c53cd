/** A change of the catalog, in the past tense and versioned. Carries ids: the state is the catalog's to tell. */
export interface CatalogEvent {
  /** Place in the catalog's outbox; grows, may have gaps. */
  readonly sequence: number;
  readonly kind: 'node.registered.v1' | 'node.updated.v1' | 'node.removed.v1';
  readonly nodeIds: readonly number[];
}

export interface Subscription {
  close(): Promise<void>;
}

/** Delivers each event at least once to each group, in order of publication. A handler that throws gets the event again. */
export interface EventBus {
  /** Resolves once the event is safe; the same sequence published twice is delivered as one where possible. */
  publish(event: CatalogEvent): Promise<void>;
  /** `group` names a durable consumer: it goes on where it stopped. */
  subscribe(group: string, handler: (event: CatalogEvent) => Promise<void>): Promise<Subscription>;
  /**
   * Every event from now on, not kept: for dropping caches. `onGap` is told whenever events may have
   * been missed: whoever caches then drops all it has.
   */
  watch(handler: (event: CatalogEvent) => void, onGap?: () => void): Promise<Subscription>;
}

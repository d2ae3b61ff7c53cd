import { sql, type RawBuilder } from 'kysely';

/** What a test needs of a database, so that this library knows no engine. */
export interface TestDatabase {
  rows<Row>(query: RawBuilder<Row>): Promise<readonly Row[]>;
  close(): Promise<void>;
}

export interface DatabaseKind<Opened extends TestDatabase> {
  readonly embedded: boolean;
  /** A database of its own, empty; closed and dropped after the suite. */
  open(): Promise<Opened>;
  /** Another connection pool to the database that `open` made last; on the embedded one the same object. */
  reopen(): Promise<Opened>;
}

/**
 * Runs the same suite on the embedded database and, if there is a server's URL, on PostgreSQL. Without the
 * URL that half is skipped by name.
 */
export function onEachDatabase<Opened extends TestDatabase>(
  postgresUrl: string | undefined,
  openDatabase: (options: { memory: true } | { url: string }) => Promise<Opened>,
  suite: (kind: DatabaseKind<Opened>) => void,
): void {
  describe('on the embedded database', () => {
    const opened: Opened[] = [];
    suite({
      embedded: true,
      open: async () => keep(opened, await openDatabase({ memory: true })),
      reopen: async () => opened[opened.length - 1]!,
    });
    afterAll(() => closeAll(opened));
  });

  (postgresUrl ? describe : describe.skip)('on PostgreSQL (TESSERA_TEST_POSTGRES_URL)', () => {
    const opened: Opened[] = [];
    const names: string[] = [];
    const urlOf = (name: string) => Object.assign(new URL(postgresUrl!), { pathname: `/${name}` }).href;
    suite({
      embedded: false,
      open: async () => {
        const name = `tessera_test_${process.pid}_${Math.random().toString(36).slice(2)}`;
        await asAdministrator(openDatabase, postgresUrl!, `create database ${name}`);
        names.push(name);
        return keep(opened, await openDatabase({ url: urlOf(name) }));
      },
      reopen: async () => keep(opened, await openDatabase({ url: urlOf(names[names.length - 1]!) })),
    });
    afterAll(async () => {
      await closeAll(opened);
      for (const name of names) await asAdministrator(openDatabase, postgresUrl!, `drop database ${name} with (force)`);
    });
  });
}

function keep<Opened>(opened: Opened[], database: Opened): Opened {
  opened.push(database);
  return database;
}

async function closeAll(opened: readonly TestDatabase[]): Promise<void> {
  for (const database of opened) await database.close();
}

async function asAdministrator(openDatabase: (options: { url: string }) => Promise<TestDatabase>, url: string, statement: string): Promise<void> {
  const database = await openDatabase({ url });
  try {
    await database.rows(sql`${sql.raw(statement)}`);
  } finally {
    await database.close();
  }
}

import { sinkConformance } from '@drakkar/plugin-sdk/conformance'
import { describe, it } from 'vitest'
import { invalidPayloads, onConflicts, refusedSample, rowNumber, sampleNumber, samples, toPayload } from './conformance-options.ts'
import { leftOut, RealDatabase, realDefinition, url } from './real-database.ts'

const columns = 'position bigserial, note text, details json'

describe.skipIf(url === '').each(onConflicts)(`the PostgreSQL sink on a real server${leftOut}, on_conflict %j`, (on_conflict) => {
  sinkConformance(it, {
    definition: realDefinition,
    createTarget: () => RealDatabase.create(`CREATE TABLE results (${columns}, n int ${on_conflict === null ? '' : 'PRIMARY KEY'})`),
    config: ({ dsn }: RealDatabase) => ({ dsn, on_conflict, pool_max: 4 }),
    ...{ samples, sampleNumber, refusedSample, invalidPayloads },
    probe: async (database) => (await database.rows('results', 'position')).map(toReadPayload),
    failForNow: (database, payload) => failRow(database, rowNumber(payload)),
    makeUnreachable: ({ sockets }) => sockets.cut(),
    makeReachable: ({ sockets }) => sockets.restore(),
    stall: ({ sockets }) => sockets.silence(),
    unstall: ({ sockets }) => sockets.answer(),
    openHandles: ({ sockets }) => sockets.countOpen(),
    disposeTarget: (database) => database[Symbol.asyncDispose](),
  })
})

function toReadPayload({ n, note, details }: Readonly<Record<string, unknown>>) {
  return toPayload({
    n: String(n),
    note: typeof note === 'string' ? note : null,
    details: details === null ? null : JSON.stringify(details),
  })
}

/** As a lock that is not given in time. */
async function failRow(database: RealDatabase, n: string): Promise<void> {
  const body = `BEGIN RAISE EXCEPTION 'locked' USING ERRCODE = '55P03'; END`
  await database.execute(`CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ ${body} $$`)
  await database.execute(`CREATE TRIGGER refuse BEFORE INSERT ON results FOR EACH ROW WHEN (NEW.n = ${n}) EXECUTE FUNCTION refuse()`)
}

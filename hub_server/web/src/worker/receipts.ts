/** What became of a message, told to the hub; what does not get through waits in IndexedDB. */

type Kind = "received" | "shown" | "tapped" | "dismissed";

interface Receipt {
  decision: string;
  kind: Kind;
  at_ms: number;
}

const STORE = "receipts";
// Later than this a receipt tells nothing: the visit and its handle are gone from the hub.
const LIVES_MS = 24 * 3_600_000;
// The Wi-Fi of the next aisle; a worker is stopped after about 30 s.
const WAITS_MS = [0, 2_000, 8_000];

function opened(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const asked = indexedDB.open("instep", 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore(STORE, { autoIncrement: true });
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error ?? new Error("IndexedDB"));
  });
}

function done<T>(asked: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error ?? new Error("IndexedDB"));
  });
}

async function keep(receipt: Receipt): Promise<void> {
  const database = await opened();
  await done(database.transaction(STORE, "readwrite").objectStore(STORE).add(receipt));
  database.close();
}

/** Empties the store; what fails again is put back by `tell`. */
async function kept(): Promise<Receipt[]> {
  const database = await opened();
  const store = database.transaction(STORE, "readwrite").objectStore(STORE);
  const found = (await done(store.getAll())) as Receipt[];
  await done(store.clear());
  database.close();
  return found.filter((one) => Date.now() - one.at_ms < LIVES_MS);
}

/** Posts once; true where the hub answered, whatever it said: an ended visit is no reason to try again. */
async function posted({ decision, kind }: Receipt): Promise<boolean> {
  try {
    const answer = await fetch(`/api/phone/messages/${encodeURIComponent(decision)}/receipt`, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-Instep": "1" },
      body: JSON.stringify({ kind }),
      keepalive: true,
    });
    return answer.status < 500;
  } catch {
    return false;
  }
}

async function tell(receipt: Receipt): Promise<void> {
  for (const wait_ms of WAITS_MS) {
    await new Promise((resolve) => setTimeout(resolve, wait_ms));
    if (await posted(receipt)) return;
  }
  await keep(receipt);
}

/** Tells the hub, now or when there is a line again. */
export function receipt(decision: string, kind: Kind): Promise<void> {
  return decision ? tell({ decision, kind, at_ms: Date.now() }) : Promise.resolve();
}

/** Tells what waits; called whenever the worker wakes. */
export async function retell(): Promise<void> {
  await Promise.all((await kept()).map(tell));
}

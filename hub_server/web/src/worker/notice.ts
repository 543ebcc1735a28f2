/** What a push says, in the form of declarative web push: the same JSON that Safari shows by itself. */

export interface Action {
  action: string;
  title: string;
}

export interface Notice {
  title: string;
  body: string;
  navigate: string;
  lang: string;
  tag: string;
  decision: string;
  /** Said once a button has done its work, by button. */
  done: Record<string, string>;
  actions: Action[];
}

const texts = (found: Record<string, unknown>, name: string) => {
  const value = found[name];
  return typeof value === "string" ? value : "";
};

const record = (value: unknown) => (typeof value === "object" && value !== null ? value : {}) as Record<string, unknown>;

/** Reads a push; null for what is none of ours. An address of another origin is not opened. */
export function read(payload: unknown, origin: string): Notice | null {
  const found = record(record(payload).notification);
  const data = record(found.data);
  const title = texts(found, "title");
  const navigate = texts(found, "navigate");
  if (!title || !URL.canParse(navigate, origin)) return null;
  const place = new URL(navigate, origin);
  const actions = Array.isArray(found.actions) ? found.actions.map(record) : [];
  return {
    title,
    body: texts(found, "body"),
    navigate: place.origin === origin ? place.href : origin,
    lang: texts(found, "lang"),
    tag: texts(found, "tag"),
    decision: texts(data, "decision"),
    done: record(data.done) as Record<string, string>,
    actions: actions.map((one) => ({ action: texts(one, "action"), title: texts(one, "title") })),
  };
}

/** What the hub tells the staff's page. */

export interface Task {
  task: string;
  kind: "help" | "bring" | "call";
  state: "open" | "taken" | "done" | "cancelled";
  about: string | null;
  item_name: string | null;
  /** Where what is to be brought stands. */
  item_zone_name: string | null;
  /** Its shelf, as exactly as the store knows it. */
  item_x_m: number | null;
  item_y_m: number | null;
  item_level: string | null;
  zone: string | null;
  zone_name: string | null;
  level: string | null;
  x_m: number | null;
  y_m: number | null;
  waiting_s: number;
  who: string | null;
  minutes: number | null;
  escalated: boolean;
}

export interface Frame {
  at_ms: number;
  store: { id: string; name: string };
  tasks: Task[];
}

const RANK: Record<Task["state"], number> = { open: 0, taken: 1, done: 2, cancelled: 2 };

/** What waits first, the longest first; then what somebody is at; then what is over. */
export const inOrder = (tasks: readonly Task[]): Task[] =>
  [...tasks].sort((a, b) => RANK[a.state] - RANK[b.state] || b.waiting_s - a.waiting_s);

/** 42 s, 3:05 min: how long somebody has waited. */
export function waited(seconds: number): string {
  const s = Math.max(0, Math.round(seconds));
  return s < 60 ? `${s} s` : `${Math.floor(s / 60)}:${String(s % 60).padStart(2, "0")} min`;
}

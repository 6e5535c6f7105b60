/** Deadlines by key, the earliest first: one per key, set anew at will. Pure data, O(log n). */

/** Something due: its key and its time. */
export interface Due {
  readonly key: string;
  readonly at: number;
}

/** A binary heap beside a map; entries that the map no longer confirms are dropped when they surface. */
export interface DeadlineQueue {
  readonly at: Map<string, number>;
  readonly heap: Due[];
}

/** Returns a queue without deadlines. */
export function emptyDeadlines(): DeadlineQueue {
  return { at: new Map(), heap: [] };
}

/** Sets the deadline of a key, replacing its former one; `Infinity` clears it. */
export function setDeadline(queue: DeadlineQueue, key: string, at: number): void {
  if (queue.at.get(key) === at) return;
  if (at === Infinity) {
    queue.at.delete(key);
    return;
  }
  queue.at.set(key, at);
  push(queue.heap, { key, at });
}

/** Returns the earliest deadline without taking it, or null. */
export function earliest(queue: DeadlineQueue): Due | null {
  let top = queue.heap[0];
  while (top !== undefined && queue.at.get(top.key) !== top.at) {
    pop(queue.heap);
    top = queue.heap[0];
  }
  return top ?? null;
}

/** Takes the earliest deadline that is due at `now`, or returns null. */
export function takeDue(queue: DeadlineQueue, now: number): Due | null {
  const due = earliest(queue);
  if (due === null || due.at > now) return null;
  pop(queue.heap);
  queue.at.delete(due.key);
  return due;
}

function push(heap: Due[], entry: Due): void {
  let index = heap.push(entry) - 1;
  while (index > 0) {
    const parent = (index - 1) >> 1;
    if (!sooner(entry, heap[parent])) break;
    swap(heap, index, parent);
    index = parent;
  }
}

function pop(heap: Due[]): void {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  heap[0] = last;
  let index = 0;
  for (;;) {
    const left = index * 2 + 1;
    const right = left + 1;
    const least = sooner(heap[right], heap[left]) ? right : left;
    if (!sooner(heap[least], heap[index])) return;
    swap(heap, index, least);
    index = least;
  }
}

function sooner(left: Due | undefined, right: Due | undefined): boolean {
  if (left === undefined) return false;
  if (right === undefined) return true;
  return left.at < right.at || (left.at === right.at && left.key < right.key);
}

function swap(heap: Due[], one: number, other: number): void {
  const first = heap[one];
  const second = heap[other];
  if (first === undefined || second === undefined) return;
  heap[one] = second;
  heap[other] = first;
}

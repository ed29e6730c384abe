// The calls of this service. What fails throws a CallFailed whose message is a sentence for people.

/**
 * Milliseconds after which a question that is not answered has failed: more than the service itself takes to say why, and
 * enough for the browser to ask for a password meanwhile.
 */
const PATIENCE = 120000;
/** As many rows the service gives at once. */
const LARGEST_PAGE = 500;
/** What the service refuses now but may do later: it waited too long for the call, or has too many of them. */
const PASSING = [408, 429];

/** A call that was refused or not answered. */
export class CallFailed extends Error {
  /**
   * @param {string} sentence what went wrong and what to do
   * @param {number} status the HTTP status; 0 where no answer came
   */
  constructor(sentence, status) {
    super(sentence);
    this.status = status;
  }

  /** Whether the call itself was wrong: trying again does not help. */
  get refused() {
    return this.status >= 400 && this.status < 500 && !PASSING.includes(this.status);
  }

  /** Whether another caller might be allowed to. */
  get forbidden() {
    return this.status === 401 || this.status === 403;
  }
}

/** The answer to a GET. Parameters that are empty are left out. */
export function get(path, parameters = {}) {
  const query = new URLSearchParams(
    Object.entries(parameters).filter(([, value]) => value !== undefined && value !== null && value !== ''),
  );
  return call('GET', query.size > 0 ? `${path}?${query}` : path, { signal: AbortSignal.timeout(PATIENCE) });
}

/**
 * The first rows of a call that gives them in pages, newest first: no more than asked for.
 *
 * @returns the rows, and whether there are more
 */
export async function getRows(path, name, parameters, number) {
  const rows = [];
  let before = null;
  do {
    const page = await get(path, { ...parameters, before, limit: Math.min(number - rows.length, LARGEST_PAGE) });
    rows.push(...page[name]);
    before = page.next;
  } while (before !== null && rows.length < number);
  return { rows, more: before !== null };
}

/**
 * The answer to a POST of a JSON body.
 *
 * @param key of newKey: sent again with it, the call does nothing twice
 */
export function post(path, body, key) {
  return call('POST', path, {
    headers: { ...(key && { 'Idempotency-Key': key }), ...(body && { 'Content-Type': 'application/json' }) },
    body: JSON.stringify(body),
  });
}

/** A new UUID; crypto.randomUUID is not there on a page without TLS. */
export function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** The answer to a DELETE. */
export function remove(path) {
  return call('DELETE', path);
}

async function call(method, path, { headers, ...request } = {}) {
  let response;
  let text;
  try {
    response = await fetch(path, {
      method,
      headers: { Accept: 'application/json, application/problem+json', ...headers },
      ...request,
    });
    text = await response.text();
  } catch {
    throw new CallFailed('The service does not answer. Check that it runs and that you are online, then try again.', 0);
  }
  const answer = parse(text);
  if (!response.ok) {
    const fallback = `The service answered ${response.status}. Try again in a moment.`;
    throw new CallFailed(answer?.detail ?? answer?.error ?? fallback, response.status);
  }
  return answer;
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

// What a verb came to: a short message at the foot of the page. Failures stay until they are closed.
import { html, nothing, render } from '/_static/lit-html/lit-html.js';
import { repeat } from '/_static/lit-html/directives/repeat.js';

const SHOWN = 6000;
const MOST = 4;

const region = document.createElement('div');
region.className = 'notices';
region.setAttribute('aria-live', 'polite');
document.body.append(region);

let notices = [];
let last = 0;

/**
 * Shows a message.
 *
 * @param kind "good", which goes by itself, or "bad", which stays
 */
export function notify(text, kind = 'good') {
  const notice = { id: ++last, text, kind };
  notices = [...notices, notice].slice(-MOST);
  draw();
  if (kind === 'good') {
    setTimeout(() => close(notice), SHOWN);
  }
}

function close(notice) {
  notices = notices.filter((other) => other !== notice);
  draw();
}

function draw() {
  render(
    repeat(
      notices,
      (notice) => notice.id,
      (notice) => html`
        <div class="notice" data-kind=${notice.kind} role=${notice.kind === 'bad' ? 'alert' : nothing}>
          <p>${notice.text}</p>
          <button type="button" class="link" @click=${() => close(notice)}>Close</button>
        </div>`,
    ),
    region,
  );
}

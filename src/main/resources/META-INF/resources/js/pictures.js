// A picture, or what stands in its place: the space is the same, so nothing jumps when it arrives.
import { html, nothing, svg } from '/_static/lit-html/lit-html.js';
import { keyed } from '/_static/lit-html/directives/keyed.js';
import { webAddress } from './links.js';

const figure = svg`
  <circle cx="256" cy="300" r="92"></circle>
  <path d="M76 640c8-150 72-222 180-222s172 72 180 222z"></path>`;

/** What is shown where there is no picture. */
export const placeholder = html`<svg class="placeholder" viewBox="0 0 512 768" aria-hidden="true">${figure}</svg>`;

/**
 * A picture.
 *
 * @param address where it is; anything but an address of the web counts as none
 * @param options.alt what it shows, for those who do not see it
 * @param options.eager whether it is wanted at once
 */
export function picture(address, { alt = '', eager = false, width = 512, height = 768 } = {}) {
  const href = webAddress(address);
  return html`<span class="picture">${placeholder}${
    href
      ? // keyed: a new address gets a new element, which has not failed yet
        keyed(
          href,
          html`<img src=${href} alt=${alt} width=${width} height=${height}
            loading=${eager ? 'eager' : 'lazy'} decoding="async" @error=${hide}>`,
        )
      : nothing
  }</span>`;
}

/** What cannot be loaded leaves its place to the placeholder. */
function hide(event) {
  event.target.classList.add('broken');
}

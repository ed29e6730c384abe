// Addresses: those that come from elsewhere are checked before a page uses them.

/** The address if it is one of the web, otherwise null: never javascript: or the like. */
export function webAddress(text) {
  try {
    const url = new URL(text, location.origin);
    return text && (url.protocol === 'https:' || url.protocol === 'http:') ? url.href : null;
  } catch {
    return null;
  }
}

/** The page of one image. */
export function imagePage({ category, value, style }) {
  return `/image.html?${new URLSearchParams({ category, value, style })}`;
}

/** One image's key among all. */
export function keyOf({ category, value, style }) {
  return JSON.stringify([category, value, style]);
}

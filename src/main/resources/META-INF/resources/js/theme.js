// Sets the colours before the first paint, which a module would be too late for.
(() => {
  let stored = null;
  try {
    stored = localStorage.getItem('theme');
  } catch {
    // storage is switched off: the system's choice holds
  }
  if (stored === 'light' || stored === 'dark') {
    document.documentElement.dataset.theme = stored;
  }
  document.addEventListener('DOMContentLoaded', () => {
    const button = document.getElementById('theme');
    if (!button) {
      return;
    }
    const system = matchMedia('(prefers-color-scheme: dark)');
    const current = () => document.documentElement.dataset.theme ?? (system.matches ? 'dark' : 'light');
    const label = () => {
      const other = current() === 'dark' ? 'Light' : 'Dark';
      button.textContent = other;
      button.setAttribute('aria-label', `${other} colours`);
    };
    button.addEventListener('click', () => {
      const next = current() === 'dark' ? 'light' : 'dark';
      document.documentElement.dataset.theme = next;
      try {
        localStorage.setItem('theme', next);
      } catch {
        // it holds for this page
      }
      label();
    });
    system.addEventListener('change', label);
    label();
    button.hidden = false;
  });
})();

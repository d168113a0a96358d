/**
 * Filters while the reader types: asks the server for the same page with the filter and takes its results. One place decides what fits.
 */
const form = document.querySelector<HTMLFormElement>('#filter');
const results = document.querySelector('#results');
const WAIT_MS = 150;

let timer: ReturnType<typeof setTimeout> | undefined;
let asked = 0;

async function refresh(): Promise<void> {
  if (form === null || results === null) return;
  asked += 1;
  const own = asked;
  const url = new URL(location.pathname, location.href);
  for (const [name, value] of new FormData(form))
    if (typeof value === 'string' && value !== '') url.searchParams.set(name, value);
  const response = await fetch(url, { headers: { Accept: 'text/html' } });
  const found = new DOMParser().parseFromString(await response.text(), 'text/html').querySelector('#results');
  // An answer that a newer question has overtaken is dropped.
  if (own !== asked || found === null) return;
  results.replaceChildren(...found.childNodes);
  history.replaceState(null, '', url);
}

/** A server that does not answer leaves the list as it is; the button still sends the form. */
function refreshQuietly(): void {
  refresh().catch(() => undefined);
}

form?.addEventListener('input', () => {
  clearTimeout(timer);
  timer = setTimeout(refreshQuietly, WAIT_MS);
});

export {};

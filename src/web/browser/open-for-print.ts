/** Paper cannot be unfolded: everything is open while it prints. */
const closed = (): NodeListOf<HTMLDetailsElement> => document.querySelectorAll('details:not([open])');
let opened: readonly HTMLDetailsElement[] = [];

addEventListener('beforeprint', () => {
  opened = [...closed()];
  for (const one of opened) one.open = true;
});
addEventListener('afterprint', () => {
  for (const one of opened) one.open = false;
  opened = [];
});

export {};
